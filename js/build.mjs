// One ES module and one stylesheet, the same bytes on every machine: no hashes, no dates, no paths.
import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "..", "interpret_widget", "widget", "static");
const LIMIT_BYTES = 250 * 1024;

const options = {
  absWorkingDir: here,
  entryPoints: [
    { in: "src/index.ts", out: "index" },
    { in: "src/styles/index.css", out: "index" },
  ],
  outdir,
  bundle: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
};

await mkdir(outdir, { recursive: true });
if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
  if (process.argv.includes("--serve")) {
    const { port } = await context.serve({ servedir: join(here, ".."), host: "127.0.0.1" });
    console.log(`http://127.0.0.1:${port}/js/dev/`);
  }
} else {
  await esbuild.build(options);
  let total = 0;
  for (const name of ["index.js", "index.css"]) {
    const { size } = await stat(join(outdir, name));
    total += size;
    console.log(`${name} ${(size / 1024).toFixed(1)} KB`);
  }
  if (total > LIMIT_BYTES) {
    console.error(`the bundle is ${total} bytes; the limit is ${LIMIT_BYTES}`);
    process.exitCode = 1;
  }
}
