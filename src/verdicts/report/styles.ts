/**
 * The report's style sheet. Two palettes, by the reader's preference; verdict colours are orange, blue and grey, which
 * every common kind of colour vision tells apart, and each comes with a letter and a height or pattern of its own.
 */
const PALETTE = `
:root{color-scheme:light dark;--page:#fcfcfa;--panel:#f3f3ef;--ink:#1c2024;--soft:#555c64;--line:#d9d9d2;--hair:#e9e9e3;--forged:#b53a06;--authentic:#1a61a8;--inconclusive:#5d646c;--on:#fff;--zone-forged:#b53a0612;--zone-authentic:#1a61a80f;--mark:#1c202466;--bar:#6b4fa0;--hatch:#9aa0a6;--link:#1a61a8}
@media (prefers-color-scheme:dark){:root{--page:#15181b;--panel:#1e2226;--ink:#e8eaec;--soft:#a6adb4;--line:#3a4046;--hair:#2a2f34;--forged:#ff8a52;--authentic:#76b4f5;--inconclusive:#a9b0b8;--on:#15181b;--zone-forged:#ff8a5214;--zone-authentic:#76b4f512;--mark:#e8eaec70;--bar:#b9a3e8;--hatch:#6d747b;--link:#8fc1f7}}
`;

const TYPE = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main,.page-head,.page-foot{max-width:1080px;margin:0 auto;padding:0 32px}
h1,h2,h3,h4,p,ul,dl,figure,table{margin:0}
h1{font-size:2rem;line-height:1.2;font-weight:650;letter-spacing:-.018em;text-wrap:balance}
h2{font-size:1.4rem;line-height:1.3;font-weight:650;letter-spacing:-.012em}
h3{font-size:1.02rem;line-height:1.4;font-weight:650;margin:36px 0 12px}
h4{font-size:.92rem;font-weight:650;margin:20px 0 6px}
a{color:var(--link);text-underline-offset:.18em}
bdi.name{unicode-bidi:isolate}
code,.mono{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-variant-ligatures:none}
.soft,.note{color:var(--soft)}
.note{font-size:.875rem;max-width:46rem}
p{max-width:46rem}
.label{font-size:.8rem;color:var(--soft)}
.eyebrow{font-size:.875rem;color:var(--soft);margin:0 0 10px}
.eyebrow strong{color:var(--ink);font-weight:650}
`;

const LAYOUT = `
.page-head{padding-top:44px;padding-bottom:8px}
.lede{font-size:1.125rem;line-height:1.5;margin-top:14px}
.evidence{margin-top:6px;color:var(--soft);max-width:46rem}
.figures{display:grid;grid-template-columns:repeat(5,auto);justify-content:space-between;gap:8px 24px;margin:28px 0 0;padding:18px 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.figures div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
.figures dt{font-size:.875rem;color:var(--soft)}
.figures dd{margin:0;font-size:1.75rem;line-height:1.2;font-weight:600;letter-spacing:-.02em}
.figures .forged dd{color:var(--forged)}.figures .authentic dd{color:var(--authentic)}.figures .inconclusive dd{color:var(--inconclusive)}
.part{padding:48px 0 8px}
.part+.part{border-top:1px solid var(--line);margin-top:40px}
.stream-head{display:grid;gap:8px}
.outcome{display:flex;flex-wrap:wrap;align-items:baseline;gap:6px 12px;font-size:1.125rem;max-width:none}
.facts{display:flex;flex-wrap:wrap;gap:2px 20px;font-size:.9rem;color:var(--soft);list-style:none;padding:0}
.badge{display:inline-flex;align-items:center;gap:7px;font-size:.875rem;line-height:1.3;font-weight:600;white-space:nowrap;color:var(--tone)}
.badge b,.letter{display:inline-grid;place-items:center;width:1.45em;height:1.45em;border-radius:3px;background:var(--tone);color:var(--on);font-size:.82em;font-weight:700;font-style:normal}
.forged{--tone:var(--forged)}.authentic{--tone:var(--authentic)}.inconclusive,.partly-judged{--tone:var(--inconclusive)}
table{border-collapse:collapse;width:100%;font-size:.9rem;overflow-wrap:break-word}
th,td{text-align:left;vertical-align:top;padding:7px 24px 7px 0;border-bottom:1px solid var(--hair);font-weight:400}
thead th{font-size:.8rem;color:var(--soft);border-bottom-color:var(--line);vertical-align:bottom}
td.n,th.n{text-align:right;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
.scroll{overflow-x:auto;max-width:100%}
details{margin-top:18px}
summary{cursor:pointer;font-weight:600;font-size:.95rem;padding:4px 0}
summary:focus-visible,a:focus-visible{outline:2px solid var(--link);outline-offset:3px;border-radius:2px}
details>.scroll,details>dl,details>p{margin-top:8px}
dl.pairs{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 24px;font-size:.9rem}
dl.pairs dt{color:var(--soft)}dl.pairs dd{margin:0}
ul.plain{padding-left:1.15em;max-width:46rem}ul.plain li{margin:4px 0}
.stack .who{overflow-wrap:anywhere;min-width:11rem}
h2+dl{margin-top:14px}h2+ul{margin-top:4px}p+.note{margin-top:4px}
.two{display:grid;grid-template-columns:1fr 1fr;gap:8px 48px;align-items:start}
.ranges-list{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,23rem),1fr));gap:4px 24px;list-style:none;padding:0;font-size:.95rem}
.ranges-list span{color:var(--soft)}
.page-foot{padding-top:32px;padding-bottom:56px;font-size:.85rem;color:var(--soft)}
.error-list{list-style:none;padding:0}.error-list li{padding:14px 0;border-bottom:1px solid var(--hair)}
.error-list li:last-child{border:0;padding-bottom:0}
.error-list p{margin-top:2px}
`;

const TIMELINE = `
.timeline{display:grid;grid-template-columns:2.6rem minmax(0,1fr) 6.2rem;column-gap:8px;margin:22px 0 0}
.axis,.sides{position:relative;font-size:.8rem}
.axis span{position:absolute;right:0;transform:translateY(-50%);color:var(--soft)}
.axis .forged,.axis .authentic{color:var(--tone);font-weight:600}
.sides span{position:absolute;left:0;transform:translateY(-50%);color:var(--tone)}
.sides b{display:none}.sides em{font-style:normal}
.canvas{position:relative;height:248px;border-left:1px solid var(--line);border-bottom:1px solid var(--line)}
.canvas svg{position:absolute;inset:0;width:100%;height:100%;display:block}
.empty .canvas{height:112px}.nothing{position:absolute;inset:0;display:grid;place-items:center;max-width:none;text-align:center;font-size:.9rem;color:var(--soft)}
svg path{fill:none;vector-effect:non-scaling-stroke}
.zone.forged{fill:var(--zone-forged)}.zone.authentic{fill:var(--zone-authentic)}
.threshold{stroke:var(--tone);stroke-width:1;stroke-dasharray:5 4}
svg .dots{stroke:var(--mark);stroke-width:3;stroke-linecap:round}
svg .bars{stroke:var(--bar);stroke-width:2.5;stroke-opacity:.55}
svg .ranges{fill:var(--mark);fill-opacity:.4}
.track-line path{stroke:var(--tone);stroke-width:1.25}.track-line .riser{stroke:var(--mark);stroke-width:1}
.segment-line path{stroke:var(--tone);stroke-width:3.5}.segment-line .riser{stroke:var(--soft);stroke-width:1}
.hit{fill:transparent}.hit:hover{fill:var(--mark);fill-opacity:.16}
.track-label{position:absolute;transform:translate(1px,-118%);white-space:nowrap;font-size:.72rem;line-height:1;font-weight:650;padding:2px 4px;border-radius:3px;background:var(--page);border:1px solid var(--line);pointer-events:none}
.track-label.late{transform:translate(-100%,-118%)}
.alerts{grid-column:2;position:relative;height:5px;margin-top:4px}
.alerts i{position:absolute;height:100%;background:var(--forged);border-radius:2px}
.key.alert{height:5px;border:0;background:var(--forged);border-radius:2px}
.strip{grid-column:2;position:relative;height:26px;margin-top:6px}
.strip i{position:absolute;bottom:0;overflow:hidden;font-style:normal;container-type:inline-size;background:var(--tone);border-right:1px solid var(--page);height:100%}
.strip i.authentic{height:58%}
.strip i.inconclusive{height:78%;background:repeating-linear-gradient(135deg,var(--hatch) 0 2px,var(--panel) 2px 6px)}
.strip b{display:none;height:100%;place-items:center;font-size:.72rem;line-height:1;color:var(--on)}
.strip i.inconclusive b{color:var(--ink);background:var(--panel);width:1.4em;margin:0 auto}
@container (min-width:15px){.strip b{display:grid}}
@container (max-width:21px){.strip i.inconclusive b{display:none}}
.ticks{grid-column:2;position:relative;height:1.5rem;border-top:1px solid var(--line);font-size:.8rem;color:var(--soft)}
.ticks span{position:absolute;top:3px;transform:translateX(-50%);white-space:nowrap}
.ticks span[style="left:0%"]{transform:none}
figcaption{grid-column:1/-1;margin-top:12px}
.legend{display:flex;flex-wrap:wrap;gap:4px 20px;list-style:none;padding:0;font-size:.85rem;color:var(--soft)}
.legend li{display:inline-flex;align-items:center;gap:7px}
.letter{background:var(--tone)}
.key{width:18px;height:0;border-top:3.5px solid var(--soft)}.key.line{border-top:1px solid var(--soft)}.key.bar{border-top:2.5px solid var(--bar)}
.key.dot{width:4px;height:4px;border:0;border-radius:50%;background:var(--mark)}
.key.range{height:10px;border:0;background:var(--mark);opacity:.5}
figcaption .note{margin-top:8px}
`;

const TRACKS = `
.track{display:grid;grid-template-columns:15.5rem minmax(0,1fr);gap:8px 32px;padding:20px 0;border-top:1px solid var(--hair)}
.note+.track{margin-top:16px}
.track h4{margin:0;display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 12px;font-size:1rem}
.track .big{font-size:1.5rem;line-height:1.3;font-weight:600;letter-spacing:-.015em}
.track .big small{font-size:.85rem;font-weight:400;letter-spacing:0;color:var(--soft)}
.track .facts{display:block;margin-top:4px}
.sparkline{display:block;width:100%;height:44px;border-left:1px solid var(--line);border-bottom:1px solid var(--line)}
.sparkline .segment-line path{stroke-width:2.5}.sparkline .segment-line .riser{stroke-width:1}
.crops{display:flex;flex-wrap:wrap;gap:12px;margin-top:14px}
.crops figure{width:80px}
.crops img{display:block;width:80px;height:80px;object-fit:cover;border-radius:4px;background:var(--panel)}
.crops .mapped{position:relative;display:block;margin-top:4px}.crops .mapped .map{position:absolute;inset:0;background:none;object-fit:fill}
.map-legend i{display:inline-block;width:3em;height:.8em;vertical-align:-.05em;border:1px solid var(--line);border-radius:2px;background:linear-gradient(90deg,transparent,rgba(255,0,170,.67))}
.crops figcaption{margin:4px 0 0;font-size:.8rem;line-height:1.35;color:var(--soft)}
.crops strong{color:var(--ink);font-weight:600}
.meter{display:block;height:3px;margin-top:4px;background:var(--hair);border-radius:2px}
.meter i{display:block;height:100%;background:var(--soft);border-radius:2px}
.model{padding:8px 0 28px}.model+.model{border-top:1px solid var(--hair);padding-top:24px}
.model h3{margin:0 0 8px}
.model dl+p{margin-top:12px}.model dl+dl{margin-top:10px}
#models>.note{margin:6px 0 24px}
`;

const SMALL = `
@media (max-width:720px){
main,.page-head,.page-foot{padding-left:16px;padding-right:16px}
.page-head{padding-top:28px}h1{font-size:1.55rem}h2{font-size:1.25rem}
.figures{grid-template-columns:repeat(3,1fr);justify-content:start}
.figures dd{font-size:1.45rem}
.timeline{grid-template-columns:2rem minmax(0,1fr) 1rem;column-gap:5px}
.canvas{height:210px}.sides em{display:none}.sides b{display:block}
.ticks .odd{display:none}
.track,.two{grid-template-columns:minmax(0,1fr)}
.part{padding-top:36px}
.stack thead{display:none}.stack tr{display:grid;grid-template-columns:repeat(3,1fr);gap:4px 12px;padding:12px 0;border-bottom:1px solid var(--hair)}
.stack td{border:0;padding:0;text-align:left}.stack td.n{white-space:normal}.stack .who{grid-column:1/-1;min-width:0}.stack .what{grid-column:1/-1}.stack .two-thirds{grid-column:span 2}
.stack td[data-label]::before{content:attr(data-label);display:block;font-size:.8rem;color:var(--soft)}
dl.pairs{grid-template-columns:minmax(0,1fr);gap:0}dl.pairs dd{margin-bottom:8px}
.crops{gap:10px}.crops figure,.crops img{width:74px}.crops img{height:74px}
}
@media print{
body{font-size:10.5pt;background:#fff}
main,.page-head,.page-foot{max-width:none;padding-left:0;padding-right:0}
.part{padding-top:20pt}.track,.timeline,tr,li{break-inside:avoid}h2,h3,h4{break-after:avoid}
.hit{display:none}
}
`;

/** The whole style sheet. */
export const STYLES: string = [PALETTE, TYPE, LAYOUT, TIMELINE, TRACKS, SMALL].join('').trim();
