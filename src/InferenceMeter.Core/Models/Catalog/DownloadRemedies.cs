namespace InferenceMeter.Models.Catalog;

/// <summary>What a user can do when a download fails; a program says it with the names of its options.</summary>
internal sealed record DownloadRemedies
{
    /// <summary>Where no mirror can be reached, to follow "or".</summary>
    public string Mirror { get; init; } = "name a mirror in a catalogue of your own";

    /// <summary>Where the file is another one than it should be, to follow a semicolon.</summary>
    public string Hash { get; init; } =
        "check the address, or give the SHA-256 of the new file if you know it to be right";
}
