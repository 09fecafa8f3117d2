import type { Command } from 'commander';

/** The parent command of a group; the first caller adds it. */
export const groupOf = (parent: Command, name: string, description: string): Command =>
  parent.commands.find((command) => command.name() === name) ?? parent.command(name).description(description);
