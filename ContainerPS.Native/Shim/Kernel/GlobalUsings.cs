global using System;
global using ContainerPS.Native.Linux;
global using ContainerPS.Native.Shim.Kernel;
global using static ContainerPS.Native.Shim.Kernel.Linux;
