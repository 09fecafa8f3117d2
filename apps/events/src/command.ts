import type { Command } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Tool } from './tool.js';

/** Does a command's work and keeps the code to end with; without one all went well. */
export type Run = (work: () => Promise<ExitCode | void>) => Promise<void>;

/**
 * Adds a command to its parent: name, options, help with examples, and an action that hands its work to `run`.
 *
 * The work itself is imported by the action: who asks for help need not wait for clients and drivers.
 */
export type AddCommand = (parent: Command, run: Run, tool: Tool) => void;
