// A headless Chromium that npm brings, with the libraries that it needs, for machines that have none.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium as driver } from "playwright-core";

const home = join(import.meta.dirname, ".chromium");

/** Where the package unpacks is the folder for temporary files, which it reads when it is loaded. */
async function unpacked() {
  process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs20.x"; // makes it bring libraries along
  process.env.FONTCONFIG_PATH = join(home, "fonts");
  process.env.LD_LIBRARY_PATH = join(home, "al2023", "lib");
  if (existsSync(join(home, "chromium"))) return join(home, "chromium");
  // Whole or not at all: a run may be killed while it unpacks.
  const making = `${home}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  process.env.TMPDIR = making;
  const { default: chromium } = await import("@sparticuz/chromium");
  await chromium.executablePath();
  delete process.env.TMPDIR;
  rmSync(home, { recursive: true, force: true });
  renameSync(making, home);
  process.env.FONTCONFIG_PATH = join(home, "fonts");
  process.env.LD_LIBRARY_PATH = join(home, "al2023", "lib");
  return join(home, "chromium");
}

export async function launch() {
  const executablePath = await unpacked();
  // What it brings along looks for fonts where a Lambda function would have them: without any, it ends at the first field.
  const fonts = join(home, "fonts.conf");
  const dirs = `<dir>${join(home, "fonts")}</dir><cachedir>${join(home, "fonts-cache")}</cachedir>`;
  writeFileSync(fonts, `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${dirs}</fontconfig>\n`);
  process.env.FONTCONFIG_FILE = fonts;
  return driver.launch({ executablePath, args: ["--no-sandbox", "--headless=shell", "--disable-gpu", "--no-zygote", "--single-process"] });
}
