import { z } from 'zod'
import { runningMean } from '../../numbers.ts'
import { type CellRules, type CompleteRecipe, cellReader, ROTATIONS } from '../../recipe/index.ts'
import type { Curve } from '../network/weights.ts'
import type { BinnedFeature } from '../trees/forest.ts'
import { binnedEncoder, binsForTrees, Edges, edgesBetween } from './bins.ts'
import { numberOfText } from './cell-texts.ts'
import type { InputCell } from './column-encoder.ts'
import { NumberState, numberEncoder, numberFitter } from './number.ts'
import type { SparseRow } from './sparse-row.ts'

/*
 * Longitude and latitude together: how far a place lies in directions between east and north. A network that sees each of
 * the two by itself, in bins, finds a coast that runs from north-west to south-east hard to learn; along a rotated axis
 * it is one place.
 */

/** The fitted directions of a place, kept beside the state of the latitude's column. */
export const Rotations = z.object({
  /** Name of the column of longitudes. */
  longitude: z.string(),
  /** Length of a degree of longitude in degrees of latitude, at the mean latitude of the training rows. */
  stretch: z.number(),
  directions: z.array(
    z.object({
      /** Angle from east, towards north. */
      degrees: z.number(),
      state: NumberState,
      /** Edges of the bins in which trees see it. Absent: the model is a network. */
      bins: Edges.optional(),
    }),
  ),
})
export type Rotations = z.infer<typeof Rotations>

/** Learns the directions from the training rows. */
export interface RotationsFitter {
  /** Takes the two cells of the next row; a row that lacks one of them teaches nothing. */
  add(longitude: InputCell, latitude: InputCell): void
  finish(): Rotations
}

const RADIANS = Math.PI / 180

/** Returns a function that gives places along an axis. @param degrees angle of the axis from east, towards north */
function axis(degrees: number, stretch: number): (longitude: number, latitude: number) => number {
  const cos = Math.cos(degrees * RADIANS)
  const sin = Math.sin(degrees * RADIANS)
  return (longitude, latitude) => longitude * stretch * cos + latitude * sin
}

/** Returns a fitter of the recipe's coordinates, whose directions are scaled as the latitude is. */
export function rotationsFitter(
  recipe: CompleteRecipe,
  { longitude, latitude }: NonNullable<CompleteRecipe['coordinates']>,
): RotationsFitter {
  const options = Object.hasOwn(recipe.columns, latitude) ? recipe.columns[latitude] : undefined
  const ofTrees = binsForTrees(recipe, latitude)
  const places: [longitude: number, latitude: number][] = []
  return {
    add(east, north) {
      if (typeof east === 'number' && typeof north === 'number') places.push([east, north])
    },
    finish() {
      const stretch =
        places.length === 0 ? 1 : Math.cos(runningMean(places.map(([, north]) => north)) * RADIANS)
      const directions = ROTATIONS.map((degrees) => {
        const fitter = numberFitter({
          scaling: options?.scaling ?? recipe.scaling,
          bins: options?.bins ?? recipe.bins,
          // A gap in either column is filled there.
          missing: 'median',
          outside: recipe.outside,
        })
        const along = axis(degrees, stretch)
        const values = Float64Array.from(places, ([east, north]) => along(east, north))
        for (const value of values) fitter.add(value)
        const bins = ofTrees !== null && edgesBetween(values.sort(), ofTrees)
        return { degrees, state: fitter.finish(), ...(bins && { bins }) }
      })
      return { longitude, stretch, directions }
    },
  }
}

/** One of the two columns: how its cells are read, and what replaces a gap. */
export interface CoordinateColumn {
  cells: CellRules | undefined
  fill: number
}

/** Turns a place into the numbers of all directions, one after the other. */
export interface RotationsEncoder {
  readonly width: number
  /** The curves among the positions, counted from the first of them. */
  readonly curves: readonly Curve[]
  /** What trees see of the place; none where it is for a network. */
  readonly features: readonly BinnedFeature[]
  encode(longitude: InputCell, latitude: InputCell, base: number, into: SparseRow): void
}

/** Returns the encoder of fitted directions. */
export function rotationsEncoder(
  { stretch, directions }: Rotations,
  longitude: CoordinateColumn,
  latitude: CoordinateColumn,
): RotationsEncoder {
  const readEast = coordinateReader(longitude)
  const readNorth = coordinateReader(latitude)
  const encoders = directions.map(({ degrees, state, bins }) => {
    const encoder = numberEncoder(state)
    return {
      along: axis(degrees, stretch),
      encoder: bins ? binnedEncoder(encoder, state, { kind: 'number', edges: bins }) : encoder,
    }
  })
  const curves: Curve[] = []
  let width = 0
  for (const { encoder } of encoders) {
    if ((encoder.curve ?? 0) > 1) curves.push({ base: width, length: encoder.curve ?? 0 })
    width += encoder.width
  }
  return {
    width,
    curves,
    features: encoders.flatMap(({ encoder }) => encoder.features ?? []),
    encode(eastCell, northCell, base, into) {
      const east = readEast(eastCell)
      const north = readNorth(northCell)
      let at = base
      for (const { along, encoder } of encoders) {
        encoder.encode(along(east, north), at, into)
        at += encoder.width
      }
    },
  }
}

function coordinateReader({ cells, fill }: CoordinateColumn): (cell: InputCell) => number {
  const read = cells ? cellReader('number', cells) : (cell: unknown) => cell
  return (cell) => {
    const value = read(cell)
    if (typeof value === 'number') return value
    return (typeof value === 'string' ? numberOfText(value) : undefined) ?? fill
  }
}
