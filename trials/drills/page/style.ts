/** The page's style; both schemes, no external asset. */
export const style = `
:root { color-scheme: light dark;
  --paper: #ffffff; --raised: #f6f8fa; --ink: #1c2127; --muted: #5d6874; --rule: #dfe4e9; --grid: #eceff2;
  --kafkajs: #1f6fb8; --java: #7b56b3; --ours: #1f6fb8; --stock: #b5651d;
  --fault: #c0342b; --good: #1d7a4a; --behind: #d99a2b; --bar: #8fa3b5; --gap: #c0342b26; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14181c; --raised: #1c2228; --ink: #e4e8ec; --muted: #96a2ae; --rule: #313941; --grid: #232a31;
  --kafkajs: #5aa5e8; --java: #b292e6; --ours: #5aa5e8; --stock: #e29a55;
  --fault: #f0756c; --good: #5cc48d; --behind: #e2b04c; --bar: #5d7183; --gap: #f0756c38; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; font-weight: 650; }
h2 { font-size: 19px; margin: 44px 0 8px; font-weight: 650; }
h3 { font-size: 15px; margin: 20px 0 2px; font-weight: 600; }
p { margin: 4px 0 10px; } .muted, caption, figcaption { color: var(--muted); }
code { font: 0.92em ui-monospace, SFMono-Regular, Menlo, monospace; }
.verdict { font-size: 17px; font-weight: 600; } .passed { color: var(--good); } .failed { color: var(--fault); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; padding: 0 0 6px; }
th, td { padding: 5px 10px 5px 0; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
thead th { color: var(--muted); font-weight: 500; vertical-align: bottom; }
th.text, td.text { text-align: left; } tbody th { font-weight: 600; text-align: left; }
td .spread { display: block; color: var(--muted); font-size: 12px; }
.ratio { font-weight: 600; }
figure { margin: 6px 0 18px; padding: 12px 14px 8px; background: var(--raised); border-radius: 8px; }
figcaption { font-size: 13.5px; margin-bottom: 4px; }
ul.failures { margin: 4px 0; padding-left: 20px; color: var(--fault); }
details { font-size: 13px; color: var(--muted); } details table { width: auto; } summary { cursor: pointer; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; }
svg text { fill: var(--ink); } svg .small { fill: var(--muted); font-size: 11px; } svg .label { fill: var(--muted); }
.base { stroke: var(--rule); } .grid { stroke: var(--grid); }
.area { stroke: none; fill-opacity: .75; } .area.kafkajs { fill: var(--kafkajs); } .area.java { fill: var(--java); }
.area.behind { fill: var(--behind); } .area.offline { fill: var(--fault); }
.gap { fill: var(--gap); } svg .gap-text { fill: var(--fault); font-weight: 600; }
.bar.broker { fill: var(--bar); } .bar.controller { fill: var(--good); } svg .on-bar { fill: var(--paper); font-size: 9px; font-weight: 700; }
.mark line { stroke-width: 1.3; stroke-dasharray: 4 3; } .mark text { font-size: 11px; font-weight: 600; }
.mark.fault line { stroke: var(--fault); } svg .mark.fault text { fill: var(--fault); }
.mark.undone line { stroke: var(--muted); } svg .mark.undone text { fill: var(--muted); }
.mark.full line { stroke: var(--good); } svg .mark.full text { fill: var(--good); }
circle.ours, .key.ours { fill: var(--ours); fill-opacity: .85; } circle.stock { fill: var(--paper); stroke: var(--stock); stroke-width: 2; }
.budget { stroke: var(--ink); stroke-width: 2; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 5px; margin: 0 5px 0 14px; background: var(--ours); }
.key.stock { background: none; border: 2px solid var(--stock); } .key.tick { width: 2px; height: 14px; border-radius: 0; background: var(--ink); vertical-align: -2px; }
@media print { figure { break-inside: avoid; } }
`;
