/** The picture and the formula of each norm, made when the site is built. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import katex from 'katex';
import {cube, layoutOf} from './client/cube.js';
import {attrsOf, PICTURED} from './norms.js';

const SHAPE = [4, 4, 6];

export function figure(id: string): string {
  const norm = PICTURED.find(norm => norm.id === id);
  if (norm == null) throw new Error(`There is no norm ${id}.`);
  const {view} = attrsOf(() => norm.call({x: tf.ones(SHAPE), axis: 2, groups: 3}));
  const formula = katex.renderToString(norm.formula, {displayMode: true});
  return `<figure class="norm">${cube(view, layoutOf(SHAPE, 2))}<figcaption tabindex="0">${formula}</figcaption></figure>`;
}
