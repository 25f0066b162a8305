// Draws one dashboard with the components that Grafana is made of (@grafana/ui and @grafana/data), from its
// own JSON and from what Prometheus answered. native.dashboards bundles it and hands `window.given` over:
// {dashboard, answers, lines, range, mode}. `window.drawn` then has the id of every panel that was drawn, and
// `window.failed` why another one was not.
import { Component, createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
import { createTheme, dateTime, FieldType, getDisplayProcessor, getDisplayValueAlignmentFactors, getValueFormats, toDataFrame } from '@grafana/data';
import {
  BarGauge, BigValue, BigValueGraphMode, GlobalStyles, PanelChrome, ThemeContext, TimeSeries, VizRepeater,
} from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import medium from '@fontsource/inter/files/inter-latin-500-normal.woff2';
import regular from '@fontsource/inter/files/inter-latin-400-normal.woff2';
import gridStyle from '@grafana/react-data-grid/lib/styles.css';
import plotStyle from 'uplot/dist/uPlot.min.css';

const { dashboard, answers, lines, range, mode } = window.given;
const CELL = { width: 50, height: 34, gap: 8 };
const theme = createTheme({ colors: { mode } });
const timeRange = { from: dateTime(range.from * 1000), to: dateTime(range.to * 1000), raw: { from: '', to: '' } };

// `{{label}}` in a legend is the value of that label; without any legend it is the series itself.
const named = (legend, metric) => legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => metric[label] ?? '');

function withDisplay(field, panel, index) {
  field.config = { ...panel.fieldConfig.defaults, ...field.config };
  field.state = { seriesIndex: index };
  field.display = getDisplayProcessor({ field, theme });
  return field;
}

const number = (text) => (text === 'NaN' ? null : Number(text));

function seriesOf(panel) {
  const all = answers[panel.id].flatMap(({ target, result }) =>
    result.map(({ metric, values, value }) => ({ name: named(target.legendFormat, metric), points: values ?? [value] })));
  return all.map(({ name, points }, index) => {
    const frame = toDataFrame({
      name,
      fields: [
        { name: 'Time', type: FieldType.time, values: points.map(([at]) => at * 1000), config: { interval: range.step * 1000 } },
        { name: 'Value', type: FieldType.number, values: points.map(([, text]) => number(text)), config: { displayNameFromDS: name } },
      ],
    });
    frame.fields[0].display = getDisplayProcessor({ field: frame.fields[0], theme });
    withDisplay(frame.fields[1], panel, index);
    return frame;
  });
}

function Lines({ panel, width, height }) {
  const frames = seriesOf(panel);
  if (!frames.length) return nothing();
  return h(TimeSeries, { frames, structureRev: 1, timeRange, timeZone: 'utc', width, height, legend: panel.options.legend, options: {} });
}

const last = (frame) => frame.fields[1].display(frame.fields[1].values.at(-1));

function Stats({ panel, width, height }) {
  const values = seriesOf(panel).map((frame) => ({ ...last(frame), title: frame.name }));
  if (!values.length) return nothing();
  const { colorMode, textMode } = panel.options;
  return h(VizRepeater, {
    source: {}, getValues: () => values, width, height, orientation: 'auto', itemSpacing: 3, renderCounter: 0,
    renderValue: ({ value, width, height }) => h(BigValue, {
      theme, value: values.length === 1 && textMode === 'auto' ? { ...value, title: undefined } : value,
      width, height, colorMode, graphMode: BigValueGraphMode.None,
    }),
  });
}

function Bars({ panel, width, height }) {
  const frames = seriesOf(panel);
  if (!frames.length) return nothing();
  const highest = Math.max(...frames.map((frame) => last(frame).numeric), 1);
  const { orientation, displayMode, namePlacement } = panel.options;
  return h(VizRepeater, {
    source: {}, getValues: () => frames, width, height, orientation, itemSpacing: 8, renderCounter: 0, minVizHeight: 16, maxVizHeight: 40,
    getAlignmentFactors: () => getDisplayValueAlignmentFactors(frames.map((frame) => ({ display: { ...last(frame), title: frame.name } }))),
    renderValue: ({ value: frame, width, height, alignmentFactors }) => h(BarGauge, {
      theme, value: { ...last(frame), title: frame.name }, width, height, orientation, displayMode, namePlacement, alignmentFactors, itemSpacing: 8,
      field: { ...frame.fields[1].config, min: 0, max: highest }, display: frame.fields[1].display, showUnfilled: true,
    }),
  });
}

function tableOf(panel) {
  const rows = answers[panel.id].flatMap(({ result }) => result.map(({ metric, value }) => ({ ...metric, Value: number(value[1]) })));
  const { organize, sortBy } = Object.fromEntries((panel.transformations ?? []).map(({ id, options }) => [id, options]));
  for (const { field, desc } of sortBy?.sort ?? []) rows.sort((a, b) => (a[field] < b[field] ? -1 : 1) * (desc ? -1 : 1));
  const names = [...new Set(rows.flatMap(Object.keys))].filter((name) => name !== 'Value').sort().concat('Value');
  const shown = names.filter((name) => !organize?.excludeByName[name]);
  const frame = toDataFrame({
    fields: shown.map((name) => ({
      name: organize?.renameByName?.[name] ?? name,
      type: name === 'Value' ? FieldType.number : FieldType.string,
      values: rows.map((row) => row[name] ?? ''),
    })),
  });
  frame.fields.forEach((field, index) => {
    const override = panel.fieldConfig.overrides.find(({ matcher }) => matcher.options === field.name);
    const [width] = override?.properties.filter(({ id }) => id === 'custom.width') ?? [];
    field.config = { custom: { align: field.type === FieldType.number ? 'right' : 'left', width: width?.value } };
    withDisplay(field, panel, index);
  });
  return frame;
}

function Rows({ panel, width, height }) {
  const frame = tableOf(panel);
  return frame.length ? h(TableNG, { data: frame, width, height, timeRange, structureRev: 1, cellHeight: panel.options.cellHeight, fieldConfig: panel.fieldConfig, sortBy: [] }) : nothing();
}

function Log({ panel }) {
  const found = lines[panel.id] ?? [];
  if (!found.length) return nothing();
  return h('pre', { className: 'log' }, found.map((line) => `${line}\n`));
}

const nothing = () => h('div', { className: 'nothing' }, 'No data');
const KINDS = { timeseries: Lines, stat: Stats, bargauge: Bars, table: Rows, logs: Log };

class Noted extends Component {
  componentDidMount() { window.drawn.push(this.props.panel.id); }
  componentDidCatch(error) { fail(this.props.panel, error.message); }
  static getDerivedStateFromError() { return { broken: true }; }
  render() { return this.state?.broken ? null : this.props.children; }
}

const fail = (panel, why) => window.failed.push(`${dashboard.title}: ${panel.title}: ${why}`);

function place({ gridPos: { x, y, w, h: rows } }) {
  const { width, height, gap } = CELL;
  return { left: x * width + gap, top: y * height + gap, width: w * width - gap, height: rows * height - gap };
}

function Panel({ panel }) {
  const { left, top, width, height } = place(panel);
  const kind = KINDS[panel.type];
  if (!kind) return fail(panel, `nobody here draws the type ${panel.type}`), null;
  return h('div', { style: { position: 'absolute', left, top } }, h(PanelChrome, {
    title: panel.title, width, height,
    children: (innerWidth, innerHeight) => h(Noted, { panel }, h(kind, { panel, width: innerWidth, height: innerHeight })),
  }));
}

function Dashboard() {
  const edges = dashboard.panels.map(place);
  const size = { width: 24 * CELL.width + CELL.gap, height: Math.max(...edges.map(({ top, height }) => top + height)) + CELL.gap };
  return h('div', { id: 'dashboard', style: { ...size, position: 'relative' } }, dashboard.panels.map((panel) => h(Panel, { key: panel.id, panel })));
}

window.drawn = [];
window.failed = [];
const units = new Set(getValueFormats().flatMap(({ submenu }) => submenu.map(({ value }) => value)));
for (const panel of dashboard.panels) {
  const { unit } = panel.fieldConfig.defaults;
  if (!units.has(unit)) fail(panel, `Grafana knows no unit ${unit}`);
}
document.head.append(Object.assign(document.createElement('style'), { textContent: gridStyle + plotStyle }));
document.body.style.background = theme.colors.background.canvas;
// Grafana's letters first, since it measures the labels of an axis before it draws it.
const letters = [['400', regular], ['500', medium]].map(([weight, from]) => new FontFace('Inter', `url(${from})`, { weight }));
Promise.all(letters.map((face) => face.load())).then((faces) => {
  faces.forEach((face) => document.fonts.add(face));
  createRoot(document.getElementById('root')).render(h(ThemeContext.Provider, { value: theme }, h(GlobalStyles), h(Dashboard)));
});
