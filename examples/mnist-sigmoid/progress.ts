import {MultiBar, type SingleBar} from 'cli-progress';
import type {Run} from './summary.js';

const LABEL_WIDTH = 22;
const STATUS_WIDTH = 26;

/** A bar for each label with its status and the time left; without a terminal, lines. */
export class Progress {
  private readonly bars = new Map<string, SingleBar>();
  private readonly multiBar = new MultiBar({
    format: `{label} {bar} {percentage}%  {status}  {eta_formatted}`,
    barsize: 12,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    autopadding: true,
    formatTime: timeLeft,
    hideCursor: true,
    // Steps come in turns, and between them the network is evaluated.
    etaBuffer: 20,
    // The program itself ends at Ctrl-C, with a report.
    gracefulExit: false,
    noTTYOutput: true,
    notTTYSchedule: 5000,
  });

  showRun({label, losses, evaluations, planned}: Run): void {
    const accuracy = evaluations.at(-1)?.accuracy;
    const status = [
      `loss ${losses.at(-1)?.toFixed(3) ?? '-'}`,
      accuracy == null ? '' : `accuracy ${(100 * accuracy).toFixed(1)}%`,
    ];
    this.show(label, losses.length, planned, status.join('  ').padEnd(STATUS_WIDTH));
  }

  show(label: string, done: number, all: number, status: string): void {
    const payload = {label: label.padEnd(LABEL_WIDTH), status};
    const bar = this.bars.get(label) ?? this.multiBar.create(all, 0, payload);
    this.bars.set(label, bar);
    bar.update(done, payload);
  }

  stop(): void {
    this.multiBar.stop();
  }
}

/** From the bar's guess in whole seconds, which is no number while there is nothing to go by. */
function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`;
}
