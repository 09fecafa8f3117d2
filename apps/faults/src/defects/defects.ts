/** A defect that the checker must catch. */
export interface Defect {
  /** What is wrong with it. */
  title: string;
  /** Plants it in this process. @returns takes it out again */
  plant: () => () => void;
}

export const DEFECTS: Readonly<Record<string, Defect>> = {};
