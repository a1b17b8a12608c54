/** What a page with charts needs beside the style sheet of all reports. */
export const CHART_STYLES = `
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:28px 40px;margin-top:18px}
.charts figure>p{font-weight:650;font-size:.95rem;margin-bottom:6px}
svg.chart{display:block;width:100%;height:auto;max-width:30rem;overflow:visible}
.chart text{font-size:11px;fill:var(--soft)}
.chart .frame{stroke:var(--soft);stroke-width:1}.chart .grid{stroke:var(--hair);stroke-width:1}
.chart .chance{stroke:var(--mark);stroke-width:1;stroke-dasharray:3 4}
.chart .curve{stroke-width:2.25;stroke-linejoin:round}
.style-0{stroke:var(--bar)}.style-1{stroke:var(--authentic);stroke-dasharray:7 4}.style-2{stroke:var(--forged);stroke-dasharray:2.5 3}.style-3{stroke:var(--soft);stroke-dasharray:9 3 2 3}
.chart .dot{fill:var(--bar)}.chart .gap{stroke:var(--bar);stroke-width:1.5;stroke-opacity:.6}
.chart .bar{fill:var(--tone)}
.chart .band{fill:var(--bar);fill-opacity:.16}.chart .spot{fill:none;stroke-width:2}.chart .best{fill:var(--page);stroke:var(--ink);stroke-width:2}
.legend svg{width:26px;height:8px;flex:none}.legend svg path{stroke-width:2.25;fill:none}
.swatch{width:11px;height:11px;border-radius:2px;background:var(--tone)}
#metrics .stack{font-size:.84rem}#metrics .stack th,#metrics .stack td{padding-right:9px}#metrics .stack thead th{font-size:.74rem}#metrics .stack .who{min-width:6.5rem}
td .interval{display:block;font-size:.74rem;color:var(--soft);white-space:nowrap}
`;
