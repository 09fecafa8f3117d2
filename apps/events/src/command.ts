import type { Command } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Tool } from './tool.js';

/** Runs a command's work and keeps its exit code; without one the command succeeded. */
export type Run = (work: () => Promise<ExitCode | void>) => Promise<void>;

/**
 * Adds a command to its parent: name, options, help with examples, and an action that passes its work to `run`.
 *
 * The action imports the work itself: the help loads no clients and drivers.
 */
export type AddCommand = (parent: Command, run: Run, tool: Tool) => void;
