/** The page's style: both schemes by the system, wide and narrow, nothing from elsewhere. */
export const style = `
:root {
  color-scheme: light dark; --paper: #f5f6f8; --card: #ffffff; --ink: #171b21; --muted: #5b6672; --rule: #e1e5ea;
  --faint: #eef1f4; --good: #1a7f4b; --good-soft: #e3f4ea; --thin: #a15c00; --thin-soft: #fdf0d9; --bad: #c0271d;
  --bad-soft: #fde6e3; --work: #2563c4; --work-soft: #e4edfb; --unknown: #6b4fa8; --unknown-soft: #eee8fa;
  --c0: #2563c4; --c1: #d9822b; --c2: #1a8f6b; --c3: #b0408f; --c4: #6b4fa8; --c5: #8a8f27; --c6: #2b9bb3;
  --c7: #c0271d; --c8: #5b6672; --c9: #7a5230; --c10: #3f7d20; --c11: #a34e6b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #101418; --card: #181d23; --ink: #e6eaee; --muted: #94a0ad; --rule: #2a323b; --faint: #20272f;
    --good: #55c98d; --good-soft: #12301f; --thin: #e8ae4a; --thin-soft: #33260c; --bad: #ff7a6e; --bad-soft: #3b1714;
    --work: #73a8f5; --work-soft: #142744; --unknown: #b49bea; --unknown-soft: #251c3d; --c0: #73a8f5; --c1: #eda75a;
    --c2: #4fc7a1; --c3: #e07bc3; --c4: #b49bea; --c5: #c9ce62; --c6: #62cbe0; --c7: #ff7a6e; --c8: #94a0ad;
    --c9: #c39a73; --c10: #8ecb6c; --c11: #e394ae;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
header, main, footer { max-width: 1240px; margin: 0 auto; padding: 0 20px; }
header {
  display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 14px; align-items: baseline; padding-top: 14px;
  padding-bottom: 10px; color: var(--muted); font-size: 14px;
}
header b { color: var(--ink); font-size: 16px; font-weight: 650; }
#live::before {
  content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 4px; margin-right: 7px;
  background: var(--muted);
}
#live.live::before { background: var(--good); animation: beat 2s ease-in-out infinite; }
@keyframes beat { 50% { opacity: 0.35; }
}
@media (prefers-reduced-motion: reduce) {
  #live.live::before { animation: none; }
}
#lost {
  max-width: 1200px; width: calc(100% - 40px); margin: 0 auto 14px; padding: 10px 20px; border-radius: 10px;
  background: var(--bad); color: #fff; font-weight: 600;
}
@media (prefers-color-scheme: dark) {
  #lost { color: #2a0a07; }
}
.lost main, .lost footer { opacity: 0.45; filter: grayscale(1); }
main { display: grid; gap: 16px; padding-bottom: 12px; }
section {
  background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 16px 20px; min-width: 0;
}
#state, #figures { padding: 0; overflow: hidden; }
#figures { background: none; border: 0; border-radius: 0; }
.pair { display: grid; grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); gap: 16px; }
.stack { display: grid; gap: 16px; grid-template-rows: auto 1fr; min-width: 0; }
h2 { margin: 0 0 8px; font-size: 15px; font-weight: 650; }
h2 .count {
  margin-left: 8px; padding: 1px 8px; border-radius: 10px; background: var(--bad); color: var(--card); font-size: 13px;
}
p { margin: 0; }
small { color: var(--muted); font-size: 13px; font-weight: 400; }
ul, ol { list-style: none; margin: 0; padding: 0; }
code { font: 0.9em ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.nothing, .fine, .legend { color: var(--muted); }
.fine { font-size: 13px; margin-top: 6px; }
summary { cursor: pointer; color: var(--muted); font-size: 14px; }
details { margin-top: 8px; }
.sign {
  width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 2.6; stroke-linecap: round;
  stroke-linejoin: round; flex: none;
}
.state { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 18px; align-items: center; }
.state > .sign {
  width: 60px; height: 60px; margin: 22px 0 20px 22px; padding: 12px; border-radius: 30px; color: var(--card);
  background: var(--tone);
}
.state .words { padding: 18px 22px 16px 0; }
.state { background: var(--tone-soft); }
.well { --tone: var(--good); --tone-soft: var(--good-soft); }
.degraded { --tone: var(--thin); --tone-soft: var(--thin-soft); }
.broken { --tone: var(--bad); --tone-soft: var(--bad-soft); }
.unknown { --tone: var(--unknown); --tone-soft: var(--unknown-soft); }
h1 { margin: 0; font-size: 34px; line-height: 1.15; font-weight: 700; color: var(--tone); letter-spacing: -0.01em; }
h1 small { margin-left: 12px; font-size: 15px; letter-spacing: 0; }
.sentence { font-size: 18px; line-height: 1.4; margin-top: 4px; text-wrap: pretty; }
.promises {
  grid-column: 1 / -1; display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); background: var(--card);
  border-top: 1px solid var(--rule);
}
.promises li {
  padding: 12px 16px 14px; display: grid; grid-template-columns: auto 1fr; gap: 2px 8px; align-items: center;
  border-left: 1px solid var(--rule); align-content: start;
}
.promises li:first-child { border-left: 0; }
.promises span {
  grid-column: 1 / -1; color: var(--muted); font-size: 13.5px; line-height: 1.4; overflow-wrap: break-word;
}
.promises .sign {
  width: 18px; height: 18px; padding: 2px; border-radius: 9px; color: var(--card); background: var(--tone);
  stroke-width: 3.4;
}
.promises b { font-size: 14px; font-weight: 650; }
.kept { --tone: var(--good); }
.thin { --tone: var(--thin); }
.promises .broken span, .promises .thin span { color: var(--ink); }
.problems, .works { display: grid; gap: 10px; }
.problems li, .works li {
  border-left: 3px solid var(--tone); padding: 1px 0 1px 12px; font-size: 14px; overflow-wrap: break-word; min-width: 0;
}
.problems .page { --tone: var(--bad); }
.problems .ticket { --tone: var(--thin); }
.title { font-size: 15px; font-weight: 600; }
.title small { margin-left: 10px; white-space: nowrap; }
.doing { color: var(--work); }
.doing::before { content: "→ "; }
.meta { color: var(--muted); font-size: 13px; display: flex; flex-wrap: wrap; gap: 0 14px; }
.notes {
  margin: 6px 0 0 2px; font-size: 13.5px; color: var(--muted); display: grid; gap: 4px; overflow-wrap: anywhere;
}
.works .under-way { --tone: var(--work); }
.works .guardian { --tone: var(--rule); }
.works .ended { --tone: var(--rule); color: var(--muted); }
.works .failed { --tone: var(--bad); }
.bar { height: 8px; border-radius: 4px; background: var(--work-soft); margin: 6px 0 4px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--work); }
.tiles { margin: 0; display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 16px; }
.tiles div {
  background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 12px 16px 12px; min-width: 0;
}
.tiles dt { color: var(--muted); font-size: 13.5px; }
.tiles dd { margin: 0; }
.tiles strong { display: block; font-size: 25px; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; }
.tiles dd span { color: var(--muted); font-size: 13px; line-height: 1.35; display: block; overflow-wrap: break-word; }
.tiles .bad strong { color: var(--bad); }
.bar-line { display: flex; justify-content: space-between; align-items: center; gap: 12px; margin-bottom: 6px; }
.bar-line h2 { margin: 0; }
.spans { display: flex; border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; }
.spans button {
  font: inherit; font-size: 13.5px; color: var(--muted); background: none; border: 0;
  border-left: 1px solid var(--rule); padding: 5px 13px; cursor: pointer; min-height: 32px;
}
.spans button:first-child { border-left: 0; }
.spans button[aria-pressed="true"] { background: var(--work); color: var(--card); font-weight: 600; }
.missing { background: var(--thin-soft); border-radius: 8px; padding: 10px 14px; font-size: 14px; margin-top: 6px; }
#no-charts:has(.missing) ~ #plots { display: none; }
#plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(360px, 100%), 1fr)); gap: 20px 24px; }
.plot { min-width: 0; }
.plot h3 { margin: 0; font-size: 14px; font-weight: 600; display: flex; gap: 8px; align-items: baseline; }
.plot .about { color: var(--muted); font-size: 13px; line-height: 1.35; }
.plot .none {
  height: 150px; display: grid; place-items: center; color: var(--muted); border: 1px dashed var(--rule);
  border-radius: 8px; margin-top: 8px; font-size: 13.5px; padding: 0 16px; text-align: center;
}
.keys { display: flex; flex-wrap: wrap; gap: 1px 14px; font-size: 13px; color: var(--muted); }
.keys b { color: var(--ink); font-weight: 600; margin-left: 5px; }
.keys i {
  display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; background: var(--tone);
}
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { padding: 6px 12px 6px 0; text-align: right; border-top: 1px solid var(--rule); white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-top: 0; color: var(--muted); font-weight: 500; font-size: 13px; padding-top: 0; }
th:first-child, th.text, td.text { text-align: left; }
tbody th { font-weight: 600; }
th small { display: block; line-height: 1.2; font-size: 12.5px; }
tr.bad th, tr.bad td { color: var(--bad); }
td.text { white-space: normal; overflow-wrap: break-word; min-width: 110px; }
td.disk small { display: block; line-height: 1.2; font-size: 12.5px; text-wrap: balance; }
#groups td, #groups thead th, #cost td.text { white-space: normal; }
#groups td:last-child { min-width: 84px; }
#cost td.text { color: var(--muted); font-size: 13px; }
#cost th { font-weight: 500; text-align: left; white-space: normal; }
.dot { display: inline-block; width: 8px; height: 8px; border-radius: 4px; margin-right: 7px; background: var(--good); }
.dot.bad { background: var(--bad); }
.meter {
  display: inline-block; vertical-align: middle; width: 56px; height: 7px; border-radius: 4px; background: var(--faint);
  overflow: hidden; margin-right: 8px;
}
.meter i { display: block; height: 100%; background: var(--good); }
.meter.thin i { background: var(--thin); }
.meter.bad i { background: var(--bad); }
.lanes { font-size: 13px; margin: 4px 0 12px; }
.lane { display: grid; grid-template-columns: 96px minmax(0, 1fr); align-items: center; height: 19px; }
.lane b { font-weight: 500; color: var(--muted); white-space: nowrap; }
.lane > div { position: relative; height: 11px; background: var(--faint); border-radius: 3px; }
.lane i { position: absolute; top: 0; height: 100%; min-width: 3px; border-radius: 2px; }
.lanes .out { background: var(--bad); }
.lanes .ticket { background: var(--thin); }
.lanes .controller { background: var(--good); opacity: 0.38; }
.lanes .boot { background: var(--unknown); }
.lanes .work { background: var(--work); }
.axis > div { background: none; }
.axis span { position: absolute; transform: translateX(-50%); color: var(--muted); font-size: 12px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 8px 0 0 96px; }
.legend i { display: inline-block; width: 12px; height: 9px; border-radius: 2px; margin-right: 6px; }
.events { border-top: 1px solid var(--rule); }
.events li {
  display: grid; grid-template-columns: 92px 108px minmax(0, 1fr); gap: 0 12px; padding: 5px 0;
  border-bottom: 1px solid var(--rule); font-size: 14px;
}
.events li > time { color: var(--muted); }
.events b { font-weight: 600; }
.events span { overflow-wrap: break-word; min-width: 0; }
.events .bad b { color: var(--bad); }
.events .good b { color: var(--good); }
.events .work b { color: var(--work); }
footer { color: var(--muted); font-size: 13px; padding-bottom: 28px; }
footer p { display: flex; flex-wrap: wrap; gap: 2px 20px; }
@media (max-width: 900px) {
  .pair { grid-template-columns: minmax(0, 1fr); }
  .tiles { grid-template-columns: 1fr 1fr; }
  .promises { grid-template-columns: minmax(0, 1fr); }
  .promises li {
    border-left: 0; border-top: 1px solid var(--rule); padding: 9px 16px;
    grid-template-columns: auto 108px minmax(0, 1fr);
  }
  .promises li:first-child { border-top: 0; }
  .promises span { grid-column: auto; }
}
@media (max-width: 640px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  main, .pair, .stack { gap: 10px; }
  section { padding: 14px 14px; }
  #lost { width: calc(100% - 24px); }
  .state > .sign { width: 46px; height: 46px; padding: 9px; margin: 16px 0 14px 14px; }
  .state { gap: 0 12px; align-items: start; }
  .state .words { padding: 14px 14px 14px 0; }
  header { grid-template-columns: minmax(0, 1fr) auto; }
  header span:not(#live) { grid-row: 2; grid-column: 1 / -1; }
  h1 { font-size: 28px; }
  h1 small { display: block; margin: 2px 0 0; font-size: 14px; }
  .sentence { font-size: 16px; }
  .promises li { grid-template-columns: auto minmax(0, 1fr); padding: 9px 14px; }
  .promises span { grid-column: 1 / -1; }
  .tiles { gap: 10px; }
  .tiles div { padding: 10px 12px; }
  .tiles strong { font-size: 21px; }
  .wide { display: none; }
  .lane { grid-template-columns: 88px minmax(0, 1fr); }
  .legend { margin-left: 0; }
  .events li { grid-template-columns: auto 1fr; }
  .events span { grid-column: 1 / -1; }
  .meter { display: none; }
  th, td { padding-right: 8px; }
  td.text { min-width: 84px; }
  td.disk, th.disk { white-space: normal; }
}
.uplot { width: 100%; margin-top: 6px; }
.u-hz .u-cursor-x { border-color: var(--muted); }
.u-hz .u-cursor-y { display: none; }
`;
