// sharp as its users run it, resident: one JSON task a line on standard input, one JSON answer a line on standard output.
// {"input","output","format","options","width"?,"lossless8"?} → {"bytes"} or {"error"}. argv: sharp's folder, threads.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const sharp = require(process.argv[2]);
sharp.concurrency(Number(process.argv[3] ?? 1));
sharp.cache(false);
process.stdout.write(JSON.stringify({ sharp: sharp.versions.sharp, vips: sharp.versions.vips, webp: sharp.versions.webp,
  aom: sharp.versions.aom }) + "\n");

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  try {
    let picture = sharp(task.input, { limitInputPixels: false });
    if (task.width) picture = picture.resize(task.width, null, { withoutEnlargement: true });
    const info = await picture.toFormat(task.format, task.options).toFile(task.output);
    process.stdout.write(JSON.stringify({ bytes: info.size }) + "\n");
  } catch (error) {
    process.stdout.write(JSON.stringify({ error: String(error) }) + "\n");
  }
}
