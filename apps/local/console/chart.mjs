import { h, show } from './dom.mjs';

const WIDTH = 300;
const HEIGHT = 80;
const MOST = 120;

/** A line of the last two minutes, one value a second; a gap where nothing could be read. */
export class Chart {
  values = [];
  figure;

  constructor(title, unit) {
    this.title = title;
    this.unit = unit;
    this.now = h('strong', null, '–');
    this.svg = h('svg', { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT + 14}`, role: 'img' });
    this.figure = h('figure', { class: 'card' }, h('figcaption', null, `${title}: `, this.now), this.svg);
  }

  /** @param {number | null} value null: unknown */
  add(value) {
    this.values = [...this.values, value].slice(-MOST);
    const known = this.values.filter((one) => one !== null);
    const most = Math.max(1, ...known);
    this.now.textContent = value === null ? 'not known' : `${Math.round(value).toLocaleString('en')} ${this.unit}`;
    show(
      this.svg,
      h('title', null, `${this.title}: now ${this.now.textContent}, at most ${Math.round(most)} in ${this.values.length} s`),
      h('line', { x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
      h('path', { d: areasOf(this.values, most) }),
      h('text', { x: 0, y: 10 }, `${Math.round(most)}`),
      h('text', { x: WIDTH, y: HEIGHT + 12, 'text-anchor': 'end' }, 'now'),
    );
  }
}

/** An area above the axis for each stretch of known values. */
function areasOf(values, most) {
  const x = (index) => (((MOST - values.length + index) * WIDTH) / (MOST - 1)).toFixed(1);
  const y = (value) => (HEIGHT - (value / most) * (HEIGHT - 12)).toFixed(1);
  const areas = [];
  values.forEach((value, index) => {
    if (value === null) return;
    if (index === 0 || values[index - 1] === null) areas.push([`${x(index)} ${HEIGHT}`]);
    areas.at(-1).push(`${x(index)} ${y(value)}`);
    if (index + 1 === values.length || values[index + 1] === null) areas.at(-1).push(`${x(index)} ${HEIGHT}`);
  });
  return areas.map((points) => `M${points.join('L')}Z`).join('');
}
