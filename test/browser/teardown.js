import {rmSync} from 'node:fs';
import {dirname} from 'node:path';

export default function teardown() {
  rmSync(dirname(process.env['PAGE_BUNDLE'] ?? ''), {recursive: true, force: true});
}
