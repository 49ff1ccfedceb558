import { isWhole, type Minute } from "./minutes";

const width = 960;
const height = 240;
const series = [
  { name: "inKafka", label: "in Kafka", colour: "#8fb3d9" },
  { name: "stored", label: "stored", colour: "#2b7a4b" },
  { name: "rejected", label: "rejected", colour: "#d98e04" },
  { name: "notStored", label: "not stored", colour: "#c22" },
] as const;

/** A page by itself: the verdict, a plot, and a row for each minute. */
export function pageOf(minutes: readonly Minute[]): string {
  const most = Math.max(1, ...minutes.flatMap((minute) => series.map(({ name }) => minute[name])));
  const x = (index: number) => (minutes.length < 2 ? width / 2 : (index / (minutes.length - 1)) * width);
  const lines = series.map(({ name, label, colour }) => {
    const points = minutes.map(
      (minute, index) => `${x(index).toFixed(1)},${(height * (1 - minute[name] / most)).toFixed(1)}`,
    );
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"><title>${label}</title></polyline>`;
  });
  const legend = series.map(({ label, colour }) => `<b style="color:${colour}">${label}</b>`).join(" · ");
  const rows = minutes.map((minute) => {
    const cells = [
      minute.minute,
      minute.accepted ?? "",
      minute.inKafka,
      minute.stored,
      minute.rejected,
      minute.doubles,
      minute.notInKafka,
      minute.notStored,
      minute.storedTwice,
    ];
    const bad = isWhole([minute]) ? "" : ' class="bad"';
    return `<tr${bad}>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  const heads = [
    "minute",
    "accepted",
    "in Kafka",
    "stored",
    "rejected",
    "sent twice",
    "not in Kafka",
    "not stored",
    "stored twice",
  ];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Reconciliation</title>
<style>body{font:14px sans-serif;margin:2em}td,th{text-align:right;padding:0 .8em}.bad{color:#c22}svg{overflow:visible}</style>
<h1>${isWhole(minutes) ? "Every event is stored once" : "Events are missing, or there twice"}</h1>
<p>${legend}, a minute; the top is ${most}</p>
<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="events a minute">${lines.join("")}</svg>
<table><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr>${rows.join("")}</table></html>
`;
}
