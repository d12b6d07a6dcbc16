/**
 * The report's style sheet. It stands inside the file, so that one file is the whole report. On screen it follows the
 * reader's theme; on paper it is always light.
 */
export const reportStyle = `
:root { color-scheme: light dark;
  --panel: light-dark(#fff, #1a2122); --desk: light-dark(#e9edec, #0e1314); --sunken: light-dark(#f0f3f2, #101617);
  --ink: light-dark(#13201f, #e7eceb); --ink-2: light-dark(#42514f, #b3bfbd); --ink-3: light-dark(#566563, #98a6a4);
  --line: light-dark(#d0d8d6, #323d3e); --faint: light-dark(#e3e8e7, #242d2e); --accent: light-dark(#0a5a64, #6cc6cb);
  --critical: light-dark(#b0132f, #ff8490); --high: light-dark(#a8470b, #f5a266); --medium: light-dark(#7f5a00, #dfb850);
  --low: light-dark(#3d5d78, #94b8d3); --info: light-dark(#566563, #98a6a4); --pass: light-dark(#296b39, #83cb92);
  --waived: light-dark(#5d4a86, #b9a5e0); --marked: light-dark(#fbeadd, #382417); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--desk); color: var(--ink); font: 400 12.5px/19px system-ui, "Adwaita Sans", Inter, sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width: 794px; margin: 28px auto; background: var(--panel); padding: 52px 60px 40px; border: 1px solid var(--line); }
header { display: flex; gap: 8px; align-items: center; color: var(--ink-2); font-size: 12px; border-bottom: 1.5px solid var(--ink);
  padding-bottom: 10px; }
header svg { width: 17px; height: 17px; color: var(--accent); } header b { color: var(--ink); } header span:last-child { margin-left: auto; }
h1 { font: 600 27px/34px system-ui, sans-serif; letter-spacing: -.02em; margin: 20px 0 0; overflow-wrap: anywhere; }
h2 { font: 600 15px/20px system-ui, sans-serif; margin: 24px 0 6px; break-after: avoid; }
h3 { font: 600 13px/20px system-ui, sans-serif; margin: 0; flex: 1; overflow-wrap: anywhere; }
h4 { font: 600 11px/17px system-ui, sans-serif; margin: 6px 0 0; color: var(--ink-2); }
p { margin: 2px 0 6px; } .second { color: var(--ink-2); } .quiet { color: var(--ink-3); font-size: 11px; }
.key { font: 400 18px/27px system-ui, sans-serif; margin: 16px 0; max-width: 62ch; text-wrap: pretty; }
.scores { display: grid; grid-auto-columns: 1fr; grid-auto-flow: column; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.scores > div { padding: 12px 16px 14px; } .scores > div + div { border-left: 1px solid var(--line); }
.scores .top { display: flex; align-items: baseline; gap: 8px; } .scores .figure { font: 500 30px/36px system-ui, sans-serif; }
.scores .top span:last-child { margin-left: auto; }
.bar { display: block; width: 100%; height: 9px; margin-top: 5px; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: 6px 14px 6px 0;
  border-top: 1px solid var(--faint); overflow-wrap: anywhere; } th { font-weight: 500; color: var(--ink-2); font-size: 11px; border: 0; padding-bottom: 2px; }
.pillars { break-inside: avoid; display: grid; grid-template-columns: repeat(6, 1fr); border: 1px solid var(--line); border-radius: 8px; }
.pillars > div { padding: 7px 0 8px 12px; border-left: 1px solid var(--faint); } .pillars > div:first-child { border: 0; }
.pillars b { display: block; font: 600 15px/20px system-ui, sans-serif; }
.badge { display: inline-flex; gap: 5px; align-items: center; font-weight: 500; font-size: 12px; white-space: nowrap; }
.badge svg { width: 14px; height: 14px; } .critical { color: var(--critical); } .high { color: var(--high); } .medium { color: var(--medium); }
.low { color: var(--low); } .info { color: var(--info); } .pass { color: var(--pass); } .waived { color: var(--waived); }
article { border-top: 1px solid var(--line); padding: 8px 0 9px; break-inside: avoid-page; } article > div:first-child { display: flex; gap: 10px; }
pre, code { font: 400 10.5px/16px ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: var(--sunken); border-radius: 5px; padding: 6px 10px; margin: 4px 0; white-space: pre-wrap; overflow-wrap: anywhere; }
pre mark { background: var(--marked); color: inherit; display: block; } ol { margin: 2px 0 4px; padding-left: 20px; }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px 14px; margin: 0; } dt { color: var(--ink-2); }
dd { margin: 0; overflow-wrap: anywhere; } footer { margin-top: 28px; display: flex; gap: 16px; border-top: 1px solid var(--line);
  padding-top: 8px; font-size: 10.5px; color: var(--ink-3); overflow-wrap: anywhere; }
.page { break-before: page; }
@page { size: A4; margin: 16mm 15mm; }
@media print { :root { color-scheme: light; } body { background: #fff; } main { margin: 0; padding: 0; border: 0; max-width: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
