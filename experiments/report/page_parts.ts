/** Look of the report, in light and dark; figures and sheets keep their white ground in both. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #5a6370; --ground: #ffffff;
  --panel: #f5f6f8; --line: #d9dde3; --link: #005fa3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --quiet: #a1a9b4; --ground: #16181c; --panel: #1f2329; --line: #363c45;
    --link: #7cc4f5; }
}
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); color: var(--ink);
  background: var(--ground); font: 15px/1.5 Inter, "Helvetica Neue", Helvetica, Arial, sans-serif; }
a { color: var(--link); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem;
  background: var(--panel); border-right: 1px solid var(--line); }
nav ol { margin: 1rem 0 0; padding: 0 0 0 1.4rem; }
nav li { margin: .35rem 0; }
nav a { text-decoration: none; }
nav li.missing, nav li.missing a { color: var(--quiet); }
main { padding: 1.5rem 2rem 6rem; max-width: 82rem; }
h1 { font-size: 1.7rem; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .3rem; padding-top: 1rem;
  border-top: 1px solid var(--line); }
main > p, section > p { max-width: 46rem; margin: .4rem 0; }
code { font: 13px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; padding: .1rem .35rem;
  border-radius: 4px; background: var(--panel); }
.caption, .command, p.missing { color: var(--quiet); }
.caption { margin-top: 1.2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .7rem; text-align: right; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
td[style] { white-space: normal; min-width: 11rem; max-width: 30rem; }
tr > :first-child { position: sticky; left: 0; background: var(--ground); }
th { color: var(--quiet); font-weight: 600; }
tbody tr:hover > * { background: var(--panel); }
details { margin: 1rem 0; }
summary { cursor: pointer; color: var(--quiet); }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(30rem, 100%), 1fr));
  gap: 1rem; margin: 1.2rem 0; }
figure { margin: 0; padding: .6rem; border: 1px solid var(--line); border-radius: 8px;
  background: #ffffff; color: #222222; }
figcaption { font-weight: 600; padding: .2rem .4rem; }
.plot { aspect-ratio: 1.4; overflow: hidden; }
.plot img { width: 100%; height: 100%; object-fit: contain; }
details.sheet { margin: .35rem 0; }
.sheet img { max-width: 100%; height: auto; margin-top: .6rem; border-radius: 8px;
  background: #ffffff; }
@media (max-width: 60rem) {
  body { display: block; }
  nav { position: static; height: auto; border: 0; }
  main { padding: 1rem; }
}
@media print { nav { display: none; } body { display: block; } }
`;

/** Draws each figure over its picture when it comes into sight; without Plotly the pictures stay. */
export const SCRIPT = `
const charts = JSON.parse(document.getElementById("charts").textContent);
const draw = (place) => {
  const { data, layout } = charts[place.dataset.chart];
  const inner = document.createElement("div");
  inner.style.cssText = "width:100%;height:100%";
  place.replaceChildren(inner);
  const lines = (axis) => axis?.title?.text?.replace(" (", "<br>(");
  const narrow = {
    ...layout,
    font: { ...layout.font, size: 12 },
    margin: { t: 8, r: 16, b: 40, l: 40 },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    xaxis: { ...layout.xaxis, automargin: true },
    yaxis: { ...layout.yaxis, automargin: true,
      title: { text: lines(layout.yaxis), font: { size: 11 } } },
  };
  const traces = data.map((trace) => trace.colorbar
    ? { ...trace, colorbar: { ...trace.colorbar, title: { ...trace.colorbar.title, side: "right" } } }
    : trace);
  Plotly.newPlot(inner, traces, narrow, { responsive: true, displaylogo: false });
};
if (globalThis.Plotly) {
  const sight = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      sight.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "400px" });
  for (const place of document.querySelectorAll("[data-chart]")) sight.observe(place);
}
`;
