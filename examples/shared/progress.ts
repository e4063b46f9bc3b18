import {MultiBar, type SingleBar} from 'cli-progress';

const LABEL_WIDTH = 28;
const STATUS_WIDTH = 30;

/** A bar for each label with its status and the time left; without a terminal, lines. */
export class Progress {
  private readonly bars = new Map<string, SingleBar>();
  private readonly multiBar = new MultiBar({
    format: '{label} {bar} {percentage}%  {status}  {eta_formatted}',
    barsize: 12,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    autopadding: true,
    formatTime: timeLeft,
    hideCursor: true,
    // Steps come in turns, and between them the network is evaluated.
    etaBuffer: 50,
    // The program itself ends at Ctrl-C, with a report.
    gracefulExit: false,
    noTTYOutput: true,
    notTTYSchedule: 5000,
  });

  /** `from`: what an earlier start did, which says nothing of the time left. */
  show(label: string, done: number, all: number, status: string, from = 0): void {
    const payload = {label: label.padEnd(LABEL_WIDTH), status: status.padEnd(STATUS_WIDTH)};
    const bar = this.bars.get(label) ?? this.multiBar.create(all, from, payload);
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
