import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { main } from "../../experiments/report.ts";
import { SECTIONS } from "../../experiments/report/sections.ts";
import { tablesOf } from "../../experiments/report/tables.ts";
import { writeAtomic, writeJson } from "../../lib/io/files.ts";
import { encodePng } from "../../lib/io/image.ts";
import { UsageError } from "../../lib/show/command.ts";
import type { LineChart } from "../../lib/show/figure.ts";
import { chartHtml, figureOfHtml } from "../../lib/show/figure_files.ts";
import { escapeXml } from "../../lib/show/raster.ts";
import { inFolder, namesIn } from "../in_folder.ts";

const HOSTILE = `</script><img src=x onerror="alert(1)">`;
const estimate = { mean: 0.5, se: 0.1, ci95: [0.3, 0.7], n: 4 };
const chart: LineChart = {
  kind: "line",
  title: HOSTILE,
  x: { title: "step" },
  y: { title: HOSTILE },
  series: [{ name: HOSTILE, x: [0, 1], y: [1, 0] }],
};
const PNG = encodePng({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3) });

/** Results with one hostile study: a table, a figure with its page, a sheet, a single image. */
async function writeResults(results: string): Promise<void> {
  const rows = [{ id: HOSTILE, leakage: estimate }];
  await writeJson(`${results}/guidance/table.json`, { schema: "any/1", model: HOSTILE, rows });
  await writeJson(`${results}/guidance/manifest.json`, { outputs: [{ secret: "of no interest" }] });
  await writeJson(`${results}/guidance/cells/a-1.json`, [{ secret: "of no interest" }]);
  await writeJson(`${results}/guidance/trials/more.json`, [{ trial: "a longer one" }]);
  await writeAtomic(`${results}/guidance/figures/front.html`, chartHtml(chart, "front.png"));
  await writeAtomic(`${results}/guidance/figures/front.png`, PNG);
  await writeAtomic(`${results}/guidance/images/a "b" & c/sheet.png`, PNG);
  await writeAtomic(`${results}/guidance/images/sticker/000.png`, PNG);
}

/** Runs the report over results, silently, and gives the page. */
async function reportOf(results: string, ...args: string[]): Promise<string> {
  const { log } = console;
  console.log = () => {};
  try {
    await main(["--results", results, ...args]);
  } finally {
    console.log = log;
  }
  return await Deno.readTextFile(args.at(-1) ?? `${results}/report.html`);
}

Deno.test("report shows tables, figures and sheets, and names what is missing", () =>
  inFolder(async (folder) => {
    await writeResults(folder);
    const page = await reportOf(folder);
    assertStringIncludes(page, "0.500 [0.300, 0.700]");
    assertStringIncludes(page, "a longer one");
    assertStringIncludes(page, 'data-chart="guidance/figures/front.png"');
    assertStringIncludes(page, "guidance/images/a%20%22b%22%20%26%20c/sheet.png");
    assert(!page.includes("000.png") && !page.includes("of no interest"));
    assertEquals(page.match(/class="missing"><a/g)?.length, SECTIONS.length - 1);
    assertStringIncludes(page, "deno task regions</code> makes it");
    assertEquals(namesIn(folder), ["guidance", "plotly.min.js", "report.html"]);
  }));

Deno.test("report lets no text of the results become markup", () =>
  inFolder(async (folder) => {
    await writeResults(folder);
    const page = await reportOf(folder);
    assert(!page.includes(HOSTILE) && !page.includes("<img src=x"));
    assertEquals(page.match(/<\/script>/g)?.length, 3); // its own
    const [, charts] = /id="charts">(.*?)<\/script>/s.exec(page)!;
    const { data } = JSON.parse(charts!)["guidance/figures/front.png"];
    assertEquals(data[0].name, HOSTILE); // Plotly sets it as text
  }));

Deno.test("report elsewhere points back to the results", () =>
  inFolder(async (folder) => {
    await writeResults(`${folder}/results`);
    const page = await reportOf(`${folder}/results`, "--out", `${folder}/pages/all.html`);
    assertStringIncludes(page, 'src="../results/guidance/figures/front.png"');
    assertEquals(namesIn(`${folder}/pages`), ["all.html", "plotly.min.js"]);
  }));

Deno.test("report of nothing is a page that names every command", () =>
  inFolder(async (folder) => {
    const page = await reportOf(folder);
    for (const { command } of SECTIONS) assertStringIncludes(page, escapeXml(command));
  }));

Deno.test("report refuses a folder that is missing, a file that is none, and broken JSON", () =>
  inFolder(async (folder) => {
    await assertRejects(() => main(["--results", `${folder}/no`]), Deno.errors.NotFound);
    await assertRejects(() => main(["--out", `${folder}/page.txt`]), UsageError, ".html");
    await writeAtomic(`${folder}/regions/regions.json`, "{");
    await assertRejects(() => main(["--results", folder]), SyntaxError, "regions.json");
    assertEquals(namesIn(folder), ["regions"]);
  }));

Deno.test("tablesOf() reads lists of objects wherever they stand", () => {
  const [failed, checks, soak] = tablesOf("all", {
    schema: "finestyle.score_validation/1",
    sections: [{
      title: "Text",
      checks: [{ score: "Text", holds: true }, { score: "Style", holds: false }],
    }],
    soak: { steps: 288000, memory: { before: 1.25, after: 1.5 } },
  });
  assertEquals(failed!.caption, "What does not hold: 1 of 2 checks");
  assertEquals(failed!.rows, [["score"], ["Style"]]);
  assertEquals(checks!.caption, "Text: checks");
  assertEquals(checks!.rows, [["score", "holds"], ["Text", "yes"], ["Style", "no"]]);
  assertEquals(soak!.rows, [["steps", "memory before", "memory after"], [
    "288,000",
    "1.25",
    "1.5",
  ]]);
});

Deno.test("tablesOf() gives estimates, intervals and gaps one cell each", () => {
  const [table] = tablesOf("bars", [
    { name: "PSNR", value: 23.633, ci95: [23, 24], p: estimate, seen: ["a", "b"] },
    { name: "style", value: 0.9, wanted: 0.95 },
  ]);
  assertEquals(table!.rows, [
    ["name", "value", "95 % interval", "p", "seen", "wanted"],
    ["PSNR", "23.633", "23.000 to 24.000", "0.500 [0.300, 0.700]", "a, b", "-"],
    ["style", "0.900", "-", "-", "-", "0.95"],
  ]);
  assertEquals(table!.left, [true, false, false, false, false, false]);
  assertEquals(tablesOf("nothing", [1, "a", null]), []);
});

Deno.test("figureOfHtml() reads back what chartHtml() wrote, and no other page", () => {
  const { data, layout } = figureOfHtml(chartHtml(chart, "front.png"))!;
  assertEquals(data[0]!.name, HOSTILE);
  assertEquals(layout.title, { text: HOSTILE });
  assertEquals(figureOfHtml("<html>Plotly.newPlot</html>"), undefined);
});
