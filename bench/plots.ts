// Pictures of how well recorded writes are ranked, for light pages and for dark ones.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as Plot from "@observablehq/plot";
import { Window, type SVGSVGElement } from "happy-dom";
import { wilson } from "../src/policies/wilson.js";
import { certify } from "../src/policies/certify.js";
import { confidence, labelsOf, maxErrors, single, type JudgedCall } from "./certificates.js";
import { caughtAt, riskCurve } from "./ranking.js";

interface Ranked {
  composite: readonly JudgedCall[];
  /** By the weight of what is objected alone. */
  objections: readonly JudgedCall[];
  /** What is held first, and then what scores least. */
  asItRuns: readonly JudgedCall[];
}

/** Six files: risk-coverage, caught and calibration, each -light.svg and -dark.svg. */
export async function draw(folder: string, ranked: Ranked): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [page, inks] of Object.entries(pages)) {
    await writeFile(join(folder, `risk-coverage-${page}.svg`), riskUnderCoverage(ranked, inks));
    await writeFile(join(folder, `caught-${page}.svg`), caught(ranked, inks));
    await writeFile(join(folder, `calibration-${page}.svg`), calibration(ranked.composite, inks));
  }
}

/** As the workspace has them. */
const pages = {
  light: {
    paper: "#fbfaf8",
    ink: "#1c1b19",
    soft: "#5f5b54",
    line: "#dedad2",
    accent: "#1f5f5b",
    warn: "#8a5200",
  },
  dark: {
    paper: "#161615",
    ink: "#edebe6",
    soft: "#aaa59b",
    line: "#37352f",
    accent: "#7fc4bd",
    warn: "#e2ac5b",
  },
};
type Inks = (typeof pages)["light"];

/** Of fewer calls than these a share of wrong ones says nothing. */
const fewest = 25;

function riskUnderCoverage({ composite, objections }: Ranked, inks: Inks): string {
  const wrong = composite.filter(({ isWrong }) => isWrong).length / composite.length;
  const byObjections = curveOf(objections);
  const byComposite = curveOf(composite);
  const picked = outcomeFrom(composite, single);
  const dots = [{ passed: 0, risk: 0 }, picked];
  const certified = maxErrors.flatMap((maxError) => {
    const certificate = certify(labelsOf(composite), { maxError, confidence });
    return certificate.kind === "none"
      ? []
      : [{ maxError, ...outcomeFrom(composite, certificate.threshold) }];
  });
  const line = (points: readonly Point[], stroke: string, strokeDasharray: string) =>
    Plot.line(points, { ...place, stroke, strokeWidth: 2, strokeDasharray });
  return svg(
    inks,
    {
      x: {
        domain: [0, 100],
        percent: true,
        label: "Runs without a person (% of writes) →",
        labelAnchor: "center",
      },
      y: { domain: [0, 20], percent: true, ticks: 5, label: "↑ Of these, wrong (%)" },
    },
    [
      line(
        [0, 1].map((passed) => ({ passed, risk: wrong })),
        inks.soft,
        "2 4",
      ),
      line(byObjections, inks.warn, "6 3"),
      line(byComposite, inks.accent, ""),
      Plot.dot([...dots, ...certified], { ...place, r: 4, fill: inks.ink }),
      word({ passed: 0.02, risk: wrong }, "by chance", inks.soft, { dy: -10 }),
      word({ passed: 0.1, risk: byObjections[0]?.risk ?? 0 }, "by objections alone", inks.warn, { dy: -10 }),
      word({ passed: 0.5, risk: 0.085 }, "by the composite score", inks.accent, {}),
      word({ passed: 0, risk: 0 }, "nothing runs", inks.ink, { dx: 10, dy: -12 }),
      word(picked, "threshold 0.85", inks.ink, { dx: -10, dy: -6, textAnchor: "end" }),
      ...certified.map((one, index) =>
        word(one, `certified: ${one.maxError * 100} % may be wrong`, inks.ink, {
          dx: 10,
          dy: 10 + 16 * index,
        }),
      ),
    ],
  );
}

/** What share of the wrong writes is among those that people see. */
function caught({ composite, objections, asItRuns }: Ranked, inks: Inks): string {
  const share = (calls: readonly JudgedCall[]) =>
    Array.from({ length: 101 }, (_, nth) => ({
      reviewed: nth / 100,
      caught: caughtAt(
        calls.map(({ score, isWrong }) => ({ score: 1 - score, isWrong })),
        nth / 100,
      ),
    }));
  const on = { x: "reviewed", y: "caught" };
  const line = (points: ReturnType<typeof share>, stroke: string, strokeDasharray: string) =>
    Plot.line(points, { ...on, stroke, strokeWidth: 2, strokeDasharray });
  const text = (reviewed: number, at: number, words: string, fill: string, beside: Plot.TextOptions = {}) =>
    Plot.text([{ reviewed, caught: at }], { ...on, text: () => words, fill, textAnchor: "start", ...beside });
  const { passed } = outcomeFrom(composite, single);
  const wrong = composite.filter(({ isWrong }) => isWrong);
  const waiting = wrong.filter(({ score }) => score < single).length / wrong.length;
  const dots = [
    { reviewed: 1 - passed, caught: waiting },
    { reviewed: 1, caught: 1 },
  ];
  return svg(
    inks,
    {
      x: {
        domain: [0, 100],
        percent: true,
        label: "Seen by a person (% of writes) →",
        labelAnchor: "center",
      },
      y: { domain: [0, 100], percent: true, ticks: 5, label: "↑ Of the wrong writes, caught (%)" },
    },
    [
      line(
        [0, 1].map((part) => ({ reviewed: part, caught: part })),
        inks.soft,
        "2 4",
      ),
      line(share(objections), inks.warn, "6 3"),
      line(share(composite), inks.soft, ""),
      line(share(asItRuns), inks.accent, ""),
      Plot.dot(dots, { ...on, r: 4, fill: inks.ink }),
      text(0.5, 0.44, "by chance", inks.soft),
      text(0.03, 0.86, "by objections alone (dashed)", inks.warn),
      text(0.03, 0.93, "as it runs: what is held first, then the lowest score", inks.accent),
      text(0.03, 0.79, "by the composite score alone", inks.soft),
      // Both dots lie in the same corner.
      text(0.99, 0.3, "in the corner: everything, or a threshold of 0.85", inks.ink, { textAnchor: "end" }),
    ],
  );
}

const place = { x: "passed", y: "risk" };

function word(at: Point, text: string, fill: string, beside: Plot.TextOptions): Plot.Markish {
  return Plot.text([at], { ...place, text: () => text, fill, textAnchor: "start", ...beside });
}

/** Of the calls with the best score, any few are as often wrong as all of them. */
function curveOf(calls: readonly JudgedCall[]): Point[] {
  const curve = riskCurve(calls.map(({ score, isWrong }) => ({ score: 1 - score, isWrong })));
  const least = fewest / calls.length;
  const [best] = curve;
  const start = best && best.passed > least ? [{ passed: least, risk: best.risk }] : [];
  return [...start, ...curve.filter(({ passed }) => passed >= least)];
}

interface Point {
  passed: number;
  risk: number;
}

function outcomeFrom(calls: readonly JudgedCall[], threshold: number): Point {
  const ran = calls.filter(({ score }) => score >= threshold);
  return {
    passed: ran.length / calls.length,
    risk: ran.filter(({ isWrong }) => isWrong).length / ran.length,
  };
}

/** In tenths of the score; with 95 % confidence, as if all calls were independent. */
function calibration(calls: readonly JudgedCall[], inks: Inks): string {
  const tenths = Array.from({ length: 10 }, (_, tenth) => {
    const own = calls.filter(({ score }) => Math.min(9, Math.floor(score * 10)) === tenth);
    const right = own.filter(({ isWrong }) => !isWrong).length;
    return {
      score: (tenth + 0.5) / 10,
      share: right / own.length,
      n: own.length,
      ...wilson(right, own.length),
    };
  }).filter(({ n }) => n > 0);
  const middle = { x: "score", stroke: inks.accent };
  return svg(
    inks,
    {
      x: { domain: [0, 1], label: "Score (0 … 1, in tenths) →", labelAnchor: "center" },
      y: { domain: [0, 100], percent: true, ticks: 5, label: "↑ Not wrong (% of writes)" },
    },
    [
      Plot.ruleX(tenths, { ...middle, y1: "low", y2: "high", strokeWidth: 2 }),
      Plot.dot(tenths, { ...middle, y: "share", r: 5, fill: inks.accent }),
      Plot.text(tenths, {
        x: "score",
        y: 0,
        text: ({ n }: { n: number }) => `${n}`,
        fill: inks.soft,
        dy: -8,
      }),
      Plot.text([""], {
        x: 0,
        y: 0,
        text: () => "writes",
        fill: inks.soft,
        textAnchor: "start",
        dx: 4,
        dy: -8,
      }),
    ],
  );
}

function svg(inks: Inks, scales: Plot.PlotOptions, marks: Plot.Markish[]): string {
  const { document } = new Window();
  const drawn = Plot.plot({
    document: document as unknown as NonNullable<Plot.PlotOptions["document"]>,
    width: 720,
    height: 400,
    marginLeft: 50,
    marginBottom: 46,
    marginTop: 40,
    marginRight: 24,
    style: { background: inks.paper, color: inks.soft, fontSize: "13px" },
    ...scales,
    marks: [
      Plot.gridX({ stroke: inks.line, strokeOpacity: 1 }),
      Plot.gridY({ ticks: 5, stroke: inks.line, strokeOpacity: 1 }),
      ...marks,
    ],
  }) as unknown as SVGSVGElement;
  drawn.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${drawn.outerHTML}\n`;
}
