namespace InferenceMeter.Tests.Images.Archives;

/// <summary>Tests that measure the memory of the process: no other runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
