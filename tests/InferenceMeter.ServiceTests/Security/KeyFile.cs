namespace InferenceMeter.ServiceTests.Security;

/// <summary>An API key in a file, as an operator hands it to the program.</summary>
internal sealed class KeyFile : IDisposable
{
    public const string Key = "secret";

    public KeyFile() => File.WriteAllText(Path, Key + "\n");

    public string Path { get; } = System.IO.Path.GetTempFileName();

    public void Dispose() => File.Delete(Path);
}
