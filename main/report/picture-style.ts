/** The colours of the picture, for the report and for the file that is saved alone. */
export const pictureColours = `
:root { color-scheme: light dark; --p-ink: #13201f; --p-ink-2: #42514f; --p-ink-3: #566563; --p-panel: #fff; --p-picked: #d9ebeb;
  --p-line: #73827f; --p-pipe: #0a5a64; --p-core: #d3e7e7; --p-open: #b0132f; --p-open-core: #f6d5d9; --p-quiet: #566563;
  --p-lattice: #b3bfbc; --p-post: #8d9b98; }
@media (prefers-color-scheme: dark) { :root { --p-ink: #e7eceb; --p-ink-2: #b3bfbd; --p-ink-3: #98a6a4; --p-panel: #1a2122;
  --p-picked: #163a3e; --p-line: #768581; --p-pipe: #4aa3a9; --p-core: #1b4146; --p-open: #f0717f; --p-open-core: #4d222a;
  --p-quiet: #98a6a4; --p-lattice: #435152; --p-post: #5d6c6c; } }
@media print { :root { --p-ink: #13201f; --p-ink-2: #42514f; --p-ink-3: #566563; --p-panel: #fff; --p-picked: #d9ebeb; --p-line: #73827f;
  --p-pipe: #0a5a64; --p-core: #d3e7e7; --p-open: #b0132f; --p-open-core: #f6d5d9; --p-quiet: #566563; --p-lattice: #b3bfbc; --p-post: #8d9b98; } }
`;

/** How the shapes of the layout are drawn. */
export const pictureStyle = `
.exposure-picture { max-width: 100%; height: auto; background: var(--p-panel); font-family: system-ui, "Adwaita Sans", Inter, sans-serif; }
.exposure-picture text { fill: var(--p-ink); font-size: 11.5px; }
.exposure-picture .x-strong { font-size: 12.5px; font-weight: 600; } .exposure-picture .x-quiet { font-size: 11px; fill: var(--p-ink-3); }
.exposure-picture .x-mono { font: 10.5px ui-monospace, "DejaVu Sans Mono", monospace; }
.exposure-picture .alarm { fill: var(--p-open); font-weight: 600; } .exposure-picture .x-quiet.alarm, .exposure-picture .x-small.alarm { font-weight: 400; }
.x-pipe, .x-core { fill: none; stroke: var(--p-pipe); } .x-core { stroke: var(--p-core); }
.x-pipe.open { stroke: var(--p-open); } .x-core.open { stroke: var(--p-open-core); }
.x-pipe.local { stroke: var(--p-quiet); } .x-core.local { stroke: var(--p-panel); }
.x-lattice { stroke: var(--p-lattice); stroke-width: 1.5; fill: none; } .x-tooth { fill: var(--p-lattice); } .x-post { fill: var(--p-post); }
.x-plate, .x-destination { fill: var(--p-panel); stroke: var(--p-line); } .x-plate.open { stroke: var(--p-open); }
.x-plate.stopped { stroke-dasharray: 3 2.5; } .x-bar { fill: var(--p-ink); } .x-bar.unknown { fill: var(--p-quiet); }
.x-bus { fill: var(--p-pipe); } .x-bus.open { fill: var(--p-open); } .x-tick { stroke: var(--p-pipe); } .x-tick.open { stroke: var(--p-open); }
.x-rule { stroke: var(--p-lattice); } .x-picked { fill: var(--p-picked); opacity: .55; }
.exposure td, .exposure th { font-size: 11px; line-height: 15px; padding: 4px 8px 4px 0; overflow-wrap: break-word; max-width: 150px; }
`;
