namespace ContainerPS.Commands;

/// <summary>Marks the assembly for tests that draw the arrows between rooms.</summary>
public static class CommandsAssembly;
