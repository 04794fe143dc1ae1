// Debian's Chromium, headless, with a profile of its own and no talk to anybody but the server under test.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox", // tests run as root in a container
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Opens a browser window: `{ context, close }`. */
export async function openBrowser({ colorScheme = "light", width = 1280, reducedMotion = "no-preference" } = {}) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "weir-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
    ignoreHTTPSErrors: true, // the certificate is made for this run
    colorScheme,
    reducedMotion,
    viewport: { width, height: 800 },
  });
  const close = async () => {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { context, close };
}

/** A tab that remembers everything that went wrong in it and every host it asked. */
export async function watchedPage(context) {
  const page = await context.newPage();
  const troubles = [];
  const hosts = new Set();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      troubles.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => troubles.push(`script: ${error.message}`));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    // The browser's own doing: it left the page before the request was over.
    if (why !== "net::ERR_ABORTED") {
      troubles.push(`failed: ${request.url()} ${why}`);
    }
  });
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  page.on("response", (response) => {
    if (response.status() >= 400) {
      troubles.push(`status ${response.status()}: ${response.url()}`);
    }
  });
  return { page, troubles, hosts };
}

/** Brings every lazy picture into view, then returns to the top. */
export async function scrollThrough(page) {
  await page.evaluate(async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
      scrollTo(0, y);
      await new Promise(requestAnimationFrame);
    }
    await Promise.all([...document.images].map((image) => image.decode()));
    scrollTo(0, 0);
    await new Promise(requestAnimationFrame);
  });
}
