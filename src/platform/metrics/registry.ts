// Metrics in memory, and their text for Prometheus (exposition format 0.0.4).
//
//   M1. Names and labels are those of OpenTelemetry's translation: dots become `_`, counters end in `_total`, seconds in
//       `_seconds`.
//   M2. Series are bounded: a label whose values come from outside keeps its first ones, the others count as `other`.

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(labels: Labels, value?: number): void;
}

export interface Histogram {
  observe(labels: Labels, value: number): void;
}

/** A value at the time of reading. */
export interface Reading {
  labels: Labels;
  value: number;
}

interface Metric {
  name: string;
  text(): string[];
}

export class Registry {
  readonly #metrics: Metric[] = [];

  /** `name` in dots, as the contract has it. */
  counter(name: string, help: string): Counter {
    const series = new Map<string, number>();
    const full = `${translated(name)}_total`.replace(/_total_total$/, "_total");
    this.#metrics.push({ name: full, text: () => valueLines(full, "counter", help, series) });
    return {
      add(labels, value = 1) {
        const key = labelText(labels);
        series.set(key, (series.get(key) ?? 0) + value);
      },
    };
  }

  /** Upper bounds of the buckets, ascending. `unit`: `seconds`, or empty for plain numbers. */
  histogram(name: string, help: string, buckets: readonly number[], unit: "seconds" | "" = "seconds"): Histogram {
    const series = new Map<string, { counts: number[]; sum: number; count: number }>();
    const full = unit === "" ? translated(name) : `${translated(name)}_${unit}`;
    this.#metrics.push({ name: full, text: () => histogramLines(full, help, buckets, series) });
    return {
      observe(labels, value) {
        const key = labelText(labels);
        const one = series.get(key) ?? { counts: buckets.map(() => 0), sum: 0, count: 0 };
        series.set(key, one);
        const at = buckets.findIndex((bound) => value <= bound);
        if (at >= 0) one.counts[at] = (one.counts[at] ?? 0) + 1;
        one.sum += value;
        one.count += 1;
      },
    };
  }

  /** Read when the text is made. */
  gauge(name: string, help: string, read: () => readonly Reading[]): void {
    this.#readings(translated(name), "gauge", help, read);
  }

  /** Counted elsewhere, only ever growing; read when the text is made. */
  counterOf(name: string, help: string, read: () => readonly Reading[]): void {
    this.#readings(`${translated(name)}_total`, "counter", help, read);
  }

  #readings(name: string, type: string, help: string, read: () => readonly Reading[]): void {
    const text = () => {
      const series = new Map(read().map(({ labels, value }) => [labelText(labels), value]));
      return valueLines(name, type, help, series);
    };
    this.#metrics.push({ name, text });
  }

  text(): string {
    const sorted = [...this.#metrics].sort((a, b) => (a.name < b.name ? -1 : 1));
    return `${sorted.flatMap((metric) => metric.text()).join("\n")}\n`;
  }
}

/** A label whose values come from outside. */
export class BoundedValues {
  readonly #known = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#max) return "other";
    this.#known.add(value);
    return value;
  }
}

function valueLines(name: string, type: string, help: string, series: ReadonlyMap<string, number>): string[] {
  const lines = [...series].map(([labels, value]) => `${name}${braced(labels)} ${value}`);
  return [...heading(name, type, help), ...lines];
}

function histogramLines(
  name: string,
  help: string,
  buckets: readonly number[],
  series: ReadonlyMap<string, { counts: number[]; sum: number; count: number }>,
): string[] {
  const lines = [...series].flatMap(([labels, { counts, sum, count }]) => {
    const prefix = labels === "" ? "" : `${labels},`;
    let below = 0;
    const steps = buckets.map((bound, at) => {
      below += counts[at] ?? 0;
      return `${name}_bucket{${prefix}le="${bound}"} ${below}`;
    });
    return [
      ...steps,
      `${name}_bucket{${prefix}le="+Inf"} ${count}`,
      `${name}_sum${braced(labels)} ${sum}`,
      `${name}_count${braced(labels)} ${count}`,
    ];
  });
  return [...heading(name, "histogram", help), ...lines];
}

function heading(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${translated(name)}="${escaped(value)}"`)
    .join(",");
}

function translated(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, "_");
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
