const WIDTH = 30;
/** A stream that is not a terminal gets a line for each tenth. */
const STEPS = 10;

interface Output {
  isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Shows the progress of a task, and the estimated time left. */
export class ProgressBar {
  private readonly began: number;
  private steps = 0;

  constructor(
    private readonly total: number,
    private readonly output: Output = process.stdout,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.began = now();
  }

  show(done: number): void {
    const line = this.line(done);
    if (this.output.isTTY) return void this.output.write(`\r${line}${done >= this.total ? '\n' : ''}`);
    const steps = Math.floor((done / this.total) * STEPS);
    if (steps === this.steps) return;
    this.steps = steps;
    this.output.write(`${line}\n`);
  }

  private line(done: number): string {
    const share = done / this.total;
    const filled = Math.round(share * WIDTH);
    const seconds = (this.now() - this.began) / 1_000;
    const left = Math.ceil(seconds / share - seconds);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
    const counts = `${done.toLocaleString('en')} of ${this.total.toLocaleString('en')}`;
    return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${counts}  ${duration(seconds)}, ${duration(left)} to go `;
  }
}

const duration = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
