/** The picture and the formula of each norm, made when the site is built. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import katex from 'katex';
import {cube, groupsOf, layoutOf} from './client/cube.js';
import {slug} from './links.js';
import {attrsOf, type Norm, PICTURED} from './norms.js';

const SHAPE = [4, 4, 6];
const AXIS = 2;

function normIn(id: string): Norm {
  const norm = PICTURED.find(norm => norm.id === id);
  if (norm == null) throw new Error(`There is no norm ${id}.`);
  return norm;
}

export function figure(id: string): string {
  const norm = normIn(id);
  return `<figure class="norm">${picture(norm)}<figcaption tabindex="0">${formula(norm)}</figcaption></figure>`;
}

function picture({call, special, labels}: Norm, isSmall = false): string {
  const layout = layoutOf(SHAPE, AXIS);
  const groups =
    special ??
    groupsOf(attrsOf(() => call({x: tf.ones(SHAPE), axis: AXIS, groups: 3})).view, layout);
  return cube(groups, layout, isSmall ? null : labels);
}

/** In two lines, so that a phone has room for it. */
const formula = ({formula}: Norm) =>
  katex.renderToString(`\\begin{gathered}${formula}\\end{gathered}`, {displayMode: true});

/** Pictures of norms side by side, each of which leads to its part of the guide. */
export const gallery = (ids: string[]): string => {
  const items = ids.map(id => {
    const norm = normIn(id);
    const anchor = slug(norm.title);
    return `<li><a href="norms.html#${anchor}">${picture(norm, true)}<span>${norm.title}</span></a></li>`;
  });
  return `<ul class="gallery">${items.join('')}</ul>`;
};
