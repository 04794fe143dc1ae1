// weir itself, with the demo's own configuration on ports and with a certificate made for this run.

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const repository = path.resolve(here, "../..");
const demo = path.join(repository, "examples/demo");
const binary = path.resolve(process.env.WEIR ?? path.join(repository, "build/weir"));

const START_MS = 10_000;
const STOP_MS = 10_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => socket.destroy(resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

function makeCertificate(folder) {
  execFileSync(
    "openssl",
    [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "-keyout", path.join(folder, "key.pem"), "-out", path.join(folder, "cert.pem"),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
}

/** The demo's configuration as it stands, with only ports and paths changed; each change must happen. */
function writeConfig(folder, secure, plain) {
  let text = fs.readFileSync(path.join(demo, "weir.yaml"), "utf8");
  const changes = [
    ["address: localhost:8443", `address: 127.0.0.1:${secure}`],
    ["address: 127.0.0.1:8080", `address: 127.0.0.1:${plain}`],
    ["../../build/demo/cert.pem", path.join(folder, "cert.pem")],
    ["../../build/demo/key.pem", path.join(folder, "key.pem")],
    ["root: ./site", `root: ${path.join(demo, "site")}`],
  ];
  for (const [from, to] of changes) {
    if (!text.includes(from)) {
      throw new Error(`examples/demo/weir.yaml no longer says "${from}": change tests/browser/server.js with it`);
    }
    text = text.replace(from, () => to);
  }
  const file = path.join(folder, "weir.yaml");
  fs.writeFileSync(file, text);
  return file;
}

async function untilReady(child, port, output) {
  const end = Date.now() + START_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null || child.signalCode !== null) {
      break;
    }
    if (await answers(port)) {
      return;
    }
    await sleep(25);
  }
  throw new Error(`${binary} does not answer on port ${port}:\n${output.text}`);
}

async function stop(child, folder) {
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
  child.kill("SIGTERM");
  const how = await Promise.race([ended, sleep(STOP_MS).then(() => "late")]);
  if (how === "late") {
    child.kill("SIGKILL");
  }
  fs.rmSync(folder, { recursive: true, force: true });
  return how;
}

/** Starts weir: `{ origin, output, stop }`; `stop` tells how it ended, 0 when all is well. */
export async function startServer() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-demo-"));
  const [secure, plain] = [await freePort(), await freePort()];
  makeCertificate(folder);
  const output = { text: "" };
  const child = spawn(binary, ["run", "-c", writeConfig(folder, secure, plain)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.once("error", (error) => (output.text += `${error.message}\n`));
  child.stdout.on("data", (bytes) => (output.text += bytes));
  child.stderr.on("data", (bytes) => (output.text += bytes));
  try {
    await untilReady(child, secure, output);
  } catch (error) {
    child.kill("SIGKILL");
    fs.rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return { origin: `https://127.0.0.1:${secure}`, output, stop: () => stop(child, folder) };
}
