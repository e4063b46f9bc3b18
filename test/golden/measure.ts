/** How far the active backend is from what other frameworks compute: of what docs/conformance.md is made. */
import {type Case, tidyCase} from '../cases/case.js';
import {SUBJECTS} from '../cases/golden.js';
import {relativeError} from '../close.js';
import {type Aspect, ASPECTS, type Saved, type Subject} from './comparison.js';

export type Measurement = Pick<Subject, 'framework' | 'subject' | 'name'> & {
  /** The largest error. */
  errors: Partial<Record<Aspect, number>>;
  saved?: Saved;
};

type Prepare = (c: Case) => Case;

async function measured(
  {framework, subject, name, ...of}: Subject,
  prepare: Prepare,
): Promise<Measurement> {
  const errors: Measurement['errors'] = {};
  let saved: Saved | undefined;
  const body = async () => {
    const compared = await of.compare();
    saved = compared.saved;
    for (const aspect of ASPECTS) {
      for (const {actual, expected} of compared[aspect] ?? []) {
        const scale = aspect === 'gradient' ? of.gradientScale?.(expected) : undefined;
        const error = relativeError(await actual.data(), expected, scale);
        errors[aspect] = Math.max(errors[aspect] ?? 0, error);
      }
    }
  };
  await prepare(tidyCase(name, body)).run();
  return {framework, subject, name, errors, saved};
}

/** `prepare` changes cases that the backend needs something for. */
export async function measure(prepare: Prepare = c => c): Promise<Measurement[]> {
  const found: Measurement[] = [];
  for (const subject of SUBJECTS) found.push(await measured(subject, prepare));
  return found;
}
