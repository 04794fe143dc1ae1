// The demo site in a real browser: that every byte of it comes over HTTP/2, and that it looks and works as it should.
//
//     WEIR=build/weir node --test tests/browser/demo.test.js
//
// Pictures of the pages go to $ARTIFACTS, or to build/browser.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { openBrowser, scrollThrough, watchedPage } from "./browser.js";
import { startServer } from "./server.js";

const PAGES = [
  { path: "/", name: "weir", resources: 8 },
  { path: "/way/", name: "way", resources: 8 },
  { path: "/ledger/", name: "ledger", resources: 8 },
  { path: "/wire/", name: "wire", resources: 22 },
];

const here = path.dirname(fileURLToPath(import.meta.url));
const artifacts = path.resolve(process.env.ARTIFACTS ?? path.join(here, "../../build/browser"));

let server;
let light;

before(async () => {
  fs.mkdirSync(artifacts, { recursive: true });
  server = await startServer();
  light = await openBrowser();
});

after(async () => {
  await light?.close();
  const how = await server?.stop();
  assert.equal(how, server ? 0 : undefined, `weir ended with ${how}:\n${server?.output.text}`);
});

/** Opens `address` in a new tab, lets `look` look, then asks that nothing went wrong there. */
async function visit(browser, address, look) {
  const { page, troubles, hosts } = await watchedPage(browser.context);
  try {
    await page.goto(server.origin + address, { waitUntil: "load" });
    await page.evaluate(() => document.fonts.ready);
    await look(page, hosts);
    assert.deepEqual(troubles, []);
  } finally {
    await page.close();
  }
}

/** A window of its own, with nothing in its cache. */
async function freshly(options, use) {
  const browser = await openBrowser(options);
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}

function timings(page) {
  return page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map((entry) => ({
      name: new URL(entry.name).pathname,
      protocol: entry.nextHopProtocol,
      status: entry.responseStatus,
      isOurs: new URL(entry.name).origin === location.origin,
    })),
  );
}

for (const { path: address, resources } of PAGES) {
  test(`${address} and all it needs come over h2`, () =>
    freshly({}, (browser) =>
      visit(browser, address, async (page, hosts) => {
        await scrollThrough(page);
        const list = await timings(page);
        assert.ok(list.length >= resources, `only ${list.length} resources were seen`);
        for (const { name, protocol, status, isOurs } of list) {
          assert.equal(protocol, "h2", `${name} came over ${protocol}`);
          assert.equal(status, 200, `${name} was answered ${status}`);
          assert.ok(isOurs, `${name} is not ours`);
        }
        assert.deepEqual([...hosts], [new URL(server.origin).host]);
      })));

  test(`${address} has its face and its pictures`, () =>
    visit(light, address, async (page) => {
      await scrollThrough(page);
      const faces = await page.evaluate(() =>
        [...document.fonts].filter((face) => face.status === "loaded").map((face) => `${face.family} ${face.weight}`),
      );
      assert.ok(faces.some((face) => face.includes("Weir Gauge") && face.endsWith("400")), `loaded: ${faces}`);
      assert.ok(await page.evaluate(() => document.fonts.check('32px "Weir Gauge"')));
      const pictures = await page.evaluate(() =>
        [...document.images].map((image) => ({ src: image.src, width: image.naturalWidth, done: image.complete })),
      );
      assert.ok(pictures.length >= 2);
      for (const { src, width, done } of pictures) {
        assert.ok(done && width > 0, `${src} was not decoded`);
      }
    }));
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 390]) {
    test(`${colorScheme} at ${width} pixels: contrast, no sideways scrolling, a picture of each page`, () =>
      freshly({ colorScheme, width, reducedMotion: "reduce" }, async (browser) => {
        for (const { path: address, name } of PAGES) {
          await visit(browser, address, (page) => lookAt(page, `${name}-${colorScheme}-${width}`));
        }
      }));
  }
}

async function lookAt(page, name) {
  await scrollThrough(page);
  await page.screenshot({ path: path.join(artifacts, `${name}.png`), fullPage: true });
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(excess <= 0, `${name} is ${excess} pixels too wide`);
  const ratio = await page.evaluate(contrastOfText);
  assert.ok(ratio >= 7, `text stands out from its paper only ${ratio.toFixed(1)} : 1`);
}

/** In the page: WCAG contrast of running text against the paper. */
function contrastOfText() {
  const luminance = (colour) => {
    const parts = colour.match(/[\d.]+/g).slice(0, 3);
    const [r, g, b] = parts.map((part) => {
      const c = part / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(document.documentElement);
  const [dark, bright] = [style.color, style.backgroundColor].map(luminance).sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

test("links lead from page to page, and every page is linked", () =>
  visit(light, "/", async (page) => {
    const seen = [];
    for (const { path: address } of PAGES) {
      await page.click(`nav a[href="${address}"]`);
      await page.waitForURL(server.origin + address);
      assert.equal(await page.locator("nav a[aria-current=page]").getAttribute("href"), address);
      assert.equal(await page.locator("h1").count(), 1);
      const targets = await page.$$eval("a[href]", (links) => links.map((link) => link.href));
      seen.push(...targets);
    }
    for (const target of new Set(seen)) {
      const url = new URL(target);
      assert.equal(url.origin, server.origin, `${target} leads away`);
      await page.goto(target);
      assert.equal(await page.evaluate((id) => id === "" || document.getElementById(id) !== null, url.hash.slice(1)), true, target);
    }
  }));

test("the keyboard reaches everything, and one sees where it is", () =>
  visit(light, "/", async (page) => {
    const wanted = await page.$$eval("a[href], button:not([hidden]), input", (all) => all.length);
    const reached = new Set();
    for (let i = 0; i < wanted; i += 1) {
      await page.keyboard.press("Tab");
      const { id, outline, width } = await page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        const all = [...document.querySelectorAll("a[href], button, input")];
        return { id: all.indexOf(document.activeElement), outline: outlineStyle, width: parseFloat(outlineWidth) };
      });
      assert.ok(id >= 0, "the focus left what can be operated");
      assert.ok(outline !== "none" && width >= 2, `element ${id} shows no focus`);
      reached.add(id);
    }
    assert.equal(reached.size, wanted);
  }));

test("the skip link leads past the head", () =>
  visit(light, "/way/", async (page) => {
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  }));

test("the flood answers to the crest", () =>
  visit(light, "/", async (page) => {
    const reading = () => page.locator(".reading").textContent();
    const outflow = () => page.locator(".curve-out").getAttribute("d");
    const [text, curve] = [await reading(), await outflow()];
    await page.focus("#crest");
    await page.keyboard.press("End");
    assert.notEqual(await reading(), text);
    assert.notEqual(await outflow(), curve);
    assert.match(await reading(), /60 m³\/s arrive and 5\d m³\/s pass/);
  }));

test("the page tells how each of its parts arrived", () =>
  freshly({}, (browser) =>
    visit(browser, "/wire/", async (page) => {
      const rows = page.locator("table.wire tbody tr");
      await rows.nth(20).waitFor();
      const told = await rows.evaluateAll((all) => all.map((row) => [...row.cells].slice(0, 4).map((cell) => cell.textContent)));
      const real = new Set((await timings(page)).map((entry) => entry.name));
      for (const [name, protocol, size, time] of told) {
        assert.ok(real.has(name), name);
        assert.equal(protocol, "h2", name);
        assert.match(size, /^[\d.]+ (B|KiB)$/, name);
        assert.match(time, /^[\d.]+ ms$/, name);
      }
      assert.equal(told.filter(([name]) => name.endsWith(".webp")).length, 12);
      assert.equal(await page.locator("#total-protocol").textContent(), "h2");
    })));

test("the water rests for those who asked for it", () =>
  freshly({ reducedMotion: "reduce" }, (browser) =>
    visit(browser, "/way/", async (page) => {
      assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
      assert.equal(await page.locator("[data-still]").isHidden(), true);
    })));

test("the water rests at the press of a button, on the next page too", () =>
  freshly({}, (browser) =>
    visit(browser, "/way/", async (page) => {
      const running = () =>
        page.evaluate(() => {
          const isRunning = (a) => a instanceof CSSAnimation && a.timeline === document.timeline && a.playState === "running";
          return document.getAnimations().filter(isRunning).length;
        });
      assert.ok((await running()) > 0);
      await page.click("[data-still]");
      assert.equal(await running(), 0);
      await page.click('nav a[href="/"]');
      await page.waitForURL(`${server.origin}/`);
      assert.equal(await running(), 0);
    })));
