namespace InferenceMeter.Tests.Images.Stores;

/// <summary>
/// Variables of the environment that say how object stores are asked, set for a test. They are the process's: tests
/// that set them are of one collection, and run one after another.
/// </summary>
internal sealed class StoreEnvironment : IDisposable
{
    /// <summary>Name of the collection.</summary>
    public const string Collection = "environment of object stores";

    private static readonly string[] Names =
    [
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AZURE_STORAGE_CONNECTION_STRING",
        "AZURE_STORAGE_ACCOUNT",
        "AZURE_STORAGE_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "STORAGE_EMULATOR_HOST",
    ];

    private readonly Dictionary<string, string?> _before = Names.ToDictionary(
        name => name,
        Environment.GetEnvironmentVariable,
        StringComparer.Ordinal
    );

    /// <summary>Sets these, and none of the others.</summary>
    public StoreEnvironment(params (string Name, string Value)[] variables)
    {
        foreach (var name in Names)
            Environment.SetEnvironmentVariable(name, null);
        foreach (var (name, value) in variables)
            Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before)
            Environment.SetEnvironmentVariable(name, value);
    }
}
