import {readFileSync} from 'node:fs';
import {shuffled} from '../shared/order.js';

/** A row of the table as the package has it; null where a value is missing. */
interface Car {
  Miles_per_Gallon: number | null;
  Cylinders: number | null;
  Displacement: number | null;
  Horsepower: number | null;
  Weight_in_lbs: number | null;
  Acceleration: number | null;
  /** A date, such as 1970-01-01. */
  Year: string;
  Origin: string;
}

/** Each feature and how it is read. The cars of the USA are those that are from nowhere else. */
const FEATURES: Record<string, (car: Car) => number | null> = {
  cylinders: car => car.Cylinders,
  'displacement, cubic inches': car => car.Displacement,
  horsepower: car => car.Horsepower,
  'weight, pounds': car => car.Weight_in_lbs,
  'acceleration, s to 60 mph': car => car.Acceleration,
  'model year': car => Number(car.Year.slice(2, 4)),
  European: car => Number(car.Origin === 'Europe'),
  Japanese: car => Number(car.Origin === 'Japan'),
};

export const FEATURE_NAMES = Object.keys(FEATURES);

/** Features and target of some cars. */
export interface Rows {
  /** [cars, features] */
  x: number[][];
  /** [cars], miles a gallon */
  y: number[];
}

/** The cars without missing values. */
export function loadCars(): Rows {
  const path = new URL('../data/cars.json', import.meta.resolve('vega-datasets'));
  const cars = JSON.parse(readFileSync(path, 'utf8')) as Car[];
  const rows = cars
    .map(car => ({x: Object.values(FEATURES).map(read => read(car)), y: car.Miles_per_Gallon}))
    .filter(({x, y}) => ![...x, y].includes(null));
  return {x: rows.map(({x}) => x as number[]), y: rows.map(({y}) => y!)};
}

/** The rest of the rows is for training. */
const SHARES = {test: 0.2, validation: 0.2};

/** Rows for training, for the choice of the learning rate, and for the test alone. */
export function split(
  {x, y}: Rows,
  seed: number,
): Record<'training' | 'validation' | 'test', Rows> {
  const order = Array.from(shuffled(y.length, seed));
  const [test, validation] = [SHARES.test, SHARES.validation].map(share =>
    order.splice(0, Math.round(share * y.length)),
  );
  const at = (indices: number[]): Rows => ({x: indices.map(i => x[i]), y: indices.map(i => y[i])});
  return {training: at(order), validation: at(validation), test: at(test)};
}
