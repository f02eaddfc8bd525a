//! The look of the page and the little it does: kept in the page itself, so that it works as a lone file.

/// Style sheet: light and dark by the reader's preference, symbols beside colours, visible focus.
pub const SHEET: &str = "
:root { color-scheme: light dark; --ground: #fdfdfb; --text: #1c1f24; --soft: #5b6470; --line: #d5d9df; --panel: #f1f3f5;
  --good: #19703a; --bad: #b3261e; --warn: #8a5a00; --none: #5b6470; --link: #0b57a4; --media: #2f7f9e; --fault: #a2570a; }
@media (prefers-color-scheme: dark) { :root { --ground: #15181c; --text: #e4e7eb; --soft: #9aa4b0; --line: #343a43;
  --panel: #1e2329; --good: #6fce8e; --bad: #ff8a80; --warn: #f0bf62; --none: #9aa4b0; --link: #86b7f2; --media: #6fc0dd;
  --fault: #f0a35c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 1rem 1.25rem 4rem; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--link); }
a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible { outline: 3px solid var(--link);
  outline-offset: 2px; }
h1 { font-size: 1.3rem; margin: 0; } h2 { margin-top: 2.5rem; font-size: 1.15rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 2rem 0 .3rem; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; }
.head { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; }
.head .sentence { font-size: 1.25rem; margin: .4rem 0 .8rem; }
.figures { display: flex; flex-wrap: wrap; gap: .4rem 1.75rem; margin: 0 0 .8rem; }
.figures div { min-width: 6rem; } .figures dt { color: var(--soft); font-size: .8rem; } .figures dd { margin: 0; }
nav { margin: .8rem 0; display: flex; gap: 1.2rem; flex-wrap: wrap; }
code, pre, .mono { font: .86em/1.45 ui-monospace, monospace; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .3rem; padding: .6rem; overflow: auto;
  max-height: 32rem; margin: .3rem 0; }
.command { display: flex; gap: .6rem; align-items: center; } .command code { overflow-wrap: anywhere; }
button { font: inherit; font-size: .85rem; padding: .15rem .7rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { position: sticky; top: 0; background: var(--ground); } td.number, th.number { text-align: right; }
tr.area th { background: var(--panel); position: static; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .none { color: var(--none); }
.state { white-space: nowrap; font-weight: 600; } .soft { color: var(--soft); }
.choice { display: block; color: var(--soft); font-size: .85em; }
.finding { border-left: 4px solid var(--bad); background: var(--panel); padding: .5rem .9rem; margin: .6rem 0; }
.finding dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: 0; }
.finding dt { color: var(--soft); } .finding dd { margin: 0; }
.filter { margin: .6rem 0; display: flex; gap: .8rem; flex-wrap: wrap; } .filter input { min-width: 18rem; font: inherit; }
.ladder { overflow: auto; max-height: 46rem; border: 1px solid var(--line); border-radius: .3rem; }
.ladder svg text { font: 12px ui-monospace, monospace; fill: var(--text); }
.ladder svg .time { fill: var(--soft); } .ladder svg .party { font-weight: 700; }
.ladder svg .life { stroke: var(--line); } .ladder svg .arrow { stroke: var(--text); stroke-width: 1.3; }
.ladder svg .tip { fill: var(--text); } .ladder svg .lost .arrow { stroke-dasharray: 4 3; stroke: var(--bad); }
.ladder svg .lost text, .ladder svg .cross { fill: var(--bad); }
.ladder svg .media { fill: var(--media); opacity: .35; } .ladder svg .fault { fill: var(--fault); opacity: .18; }
.ladder svg .dot { fill: var(--soft); } .ladder svg a:hover text, .ladder svg a:focus text { text-decoration: underline; }
.plot { margin: .8rem 0 .3rem; } .plot > svg { width: 100%; max-width: 64rem; height: auto; display: block; }
.plot text { font: 12px system-ui, sans-serif; fill: var(--soft); } .plot .name { font-size: 13px; font-weight: 600; fill: var(--text); }
.plot .grid { stroke: var(--line); stroke-width: 1; } .plot .axis { stroke: var(--soft); stroke-width: 1; }
.plot .series { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
.plot .s0 { stroke: var(--link); } .plot .s1 { stroke: var(--warn); stroke-dasharray: 6 3; }
.plot .s2 { stroke: var(--good); stroke-dasharray: 2 3; } .plot .s3 { stroke: var(--bad); stroke-dasharray: 9 3 2 3; }
.plot .fault { fill: var(--fault); opacity: .16; }
.plot figcaption { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; font-size: .87rem; color: var(--soft); }
details > summary { cursor: pointer; } .raws { max-height: 40rem; overflow: auto; margin-top: .4rem; }
";

/// Script: copy a command, filter rows, open the message a ladder points at. The page is whole without it.
pub const SCRIPT: &str = "
for (const button of document.querySelectorAll('button[data-copy]')) button.addEventListener('click', async () => {
  try { await navigator.clipboard.writeText(button.dataset.copy); button.textContent = 'Copied'; }
  catch { button.textContent = 'Select and copy by hand'; }
});
const open = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  for (let place = target; place; place = place.parentElement) if (place.tagName === 'DETAILS') place.open = true;
  if (target) target.scrollIntoView({ block: 'center' });
};
addEventListener('hashchange', open); open();
for (const input of document.querySelectorAll('input[data-filters]')) input.addEventListener('input', () => {
  const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const row of document.querySelectorAll('#' + input.dataset.filters + ' tbody tr:not(.area)'))
    row.hidden = !words.every(word => row.textContent.toLowerCase().includes(word));
});
";
