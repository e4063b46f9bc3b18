import {SingleBar} from 'cli-progress';
import {labelOf, type Run} from './summary.js';

const LABEL_WIDTH = 14;

/** One bar for all runs, with the status of the current one; without a terminal, lines. */
export class Progress {
  private done = 0;
  private readonly bar = new SingleBar({
    format: '{bar} {percentage}%  {status}  {eta_formatted} left',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    etaBuffer: 100,
    // The program itself ends at Ctrl-C, with a report.
    gracefulExit: false,
    noTTYOutput: true,
    notTTYSchedule: 5000,
  });

  constructor(steps: number) {
    this.bar.start(steps, 0, {status: ''});
  }

  /** Steps that an earlier call did. */
  skip(steps: number): void {
    this.done += steps;
  }

  step(run: Run): void {
    const loss = run.evaluations.at(-1)?.inferenceLoss;
    const perplexity = loss == null ? '' : `  perplexity ${Math.exp(loss).toFixed(2)}`;
    const label = `${labelOf(run)} ${run.seed}`.padEnd(LABEL_WIDTH);
    this.bar.update(++this.done, {
      status: `${label}  loss ${run.losses.at(-1)?.toFixed(3)}${perplexity}`,
    });
  }

  stop(): void {
    this.bar.stop();
  }
}
