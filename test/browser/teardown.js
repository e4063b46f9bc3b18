import {rmSync} from 'node:fs';

export default function teardown() {
  rmSync(process.env['PAGES'] ?? '', {recursive: true, force: true});
}
