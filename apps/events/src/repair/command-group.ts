import type { Command } from 'commander';

/** The command that others hang below, made by the first that asks. */
export const groupOf = (parent: Command, name: string, description: string): Command =>
  parent.commands.find((command) => command.name() === name) ?? parent.command(name).description(description);
