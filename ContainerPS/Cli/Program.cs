using ContainerPS.Cli;

return CommandLine.Run(args);
