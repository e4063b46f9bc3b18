import {MultiBar, type SingleBar} from 'cli-progress';

// A line has at most 80 characters: a terminal of that width would cut the time left.
const LABEL_WIDTH = 22;
const STATUS_WIDTH = 28;

interface Line {
  label: string;
  done: number;
  all: number;
  status: string;
}

/**
 * Shows lines with a bar, a status and the time left; without a terminal, a new line now and then.
 */
class Progress {
  private readonly bars = new Map<string, SingleBar>();
  private readonly multiBar = new MultiBar({
    format: '{label} {bar} {percentage}%  {status}  {eta_formatted}',
    barsize: 8,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    autopadding: true,
    formatTime: timeLeft,
    hideCursor: true,
    // Steps come in turns, and between them the network is evaluated.
    etaBuffer: 200,
    // The program itself ends at Ctrl-C, with a report.
    gracefulExit: false,
    noTTYOutput: true,
    notTTYSchedule: 5000,
  });

  /** Shows where the work named `key` stands. */
  show(key: string, {label, done, all, status}: Line): void {
    const payload = {label: label.padEnd(LABEL_WIDTH), status: status.padEnd(STATUS_WIDTH)};
    const bar = this.bars.get(key) ?? this.multiBar.create(all, 0, payload);
    this.bars.set(key, bar);
    bar.update(done, payload);
  }

  stop(): void {
    this.multiBar.stop();
  }
}

/** Runs `work` with a display, and brings back the cursor, which the display hides. */
export async function withProgress<T>(work: (progress: Progress) => Promise<T>): Promise<T> {
  const progress = new Progress();
  try {
    return await work(progress);
  } finally {
    progress.stop();
  }
}

/** Formats the bar's guess in whole seconds, which is not a number until some steps are done. */
function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60)];
  if (hours > 0) return `${hours}h${twoDigits(minutes % 60)} left`;
  return `${minutes}:${twoDigits(seconds % 60)} left`;
}

const twoDigits = (n: number): string => String(n).padStart(2, '0');
