import {show} from '../show.js';

/** How a message ends that is about a place of files that tfjs cannot read or write. */
export const butIs = (place: unknown): string =>
  typeof place === 'string' && place.startsWith('file:')
    ? `but is ${show(place)}: import @tensorflow/tfjs-node, which knows files.`
    : `but is ${show(place)}.`;
