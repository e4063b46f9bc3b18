import istanbul, {type CoverageMapData} from 'istanbul-lib-coverage';

/** Adds what ran in a page to what jest counts for this file. */
export function addCoverage(page: CoverageMapData | undefined): void {
  if (page == null) return;
  const counted = globalThis as {__coverage__?: CoverageMapData};
  const map = istanbul.createCoverageMap(counted.__coverage__ ?? {});
  map.merge(page);
  // Plain all the way down.
  counted.__coverage__ = JSON.parse(JSON.stringify(map)) as CoverageMapData;
}
