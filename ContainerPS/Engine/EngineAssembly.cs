namespace ContainerPS.Engine;

/// <summary>Marks the assembly for tests that draw the arrows between rooms.</summary>
public static class EngineAssembly;
