/* Lights the station on the leat that the reader has come to. */

const steps = [...document.querySelectorAll(".journey li")];
const stations = [...document.querySelectorAll(".leat .station")];

function come(index) {
  steps.forEach((step, i) => step.classList.toggle("here", i === index));
  stations.forEach((station, i) => station.classList.toggle("here", i === index));
}

function nearest() {
  const line = innerHeight * 0.4;
  let best = 0;
  steps.forEach((step, i) => {
    if (step.getBoundingClientRect().top < line) {
      best = i;
    }
  });
  come(best);
}

addEventListener("scroll", nearest, { passive: true });
addEventListener("resize", nearest);
nearest();
