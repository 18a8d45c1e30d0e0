using ContainerPS.Cli;
using ContainerPS.Native.Linux;

StandardStreams.FillClosed();
return CommandLine.Run(args);
