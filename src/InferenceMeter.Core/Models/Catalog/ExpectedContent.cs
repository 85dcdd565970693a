using System.Security.Cryptography;

namespace InferenceMeter.Models.Catalog;

/// <summary>What is known of a file before it is downloaded, and the check of what came.</summary>
internal sealed record ExpectedContent
{
    private const int TagDigits = 12;

    /// <summary>SHA-256 of the right file, lower-case hex; <see langword="null"/> when nobody says it.</summary>
    public string? Sha256 { get; init; }

    /// <summary>MD5 of the right file, lower-case hex, for files of which no SHA-256 is published.</summary>
    public string? Md5 { get; init; }

    /// <summary>Size of the right file, when it is known.</summary>
    public long? Bytes { get; init; }

    /// <summary>
    /// What a user can do about another file, to follow a semicolon; <see langword="null"/> for the usual.
    /// </summary>
    public string? Remedy { get; init; }

    /// <summary>
    /// Stands for the content in the name of a partial file; <see langword="null"/> when a rest of it could be of
    /// another file.
    /// </summary>
    public string? Tag => (Sha256 ?? Md5)?[..TagDigits];

    /// <summary>Hashes a file, and tells what is wrong with it.</summary>
    /// <param name="stream">Read from its beginning.</param>
    /// <returns>Its SHA-256, and why it is another file; <see langword="null"/> for the right one.</returns>
    public async Task<(string Sha256, string? Difference)> CheckAsync(Stream stream, CancellationToken cancellation)
    {
        stream.Position = 0;
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Only where publishers give nothing better; a changed file would still need a second preimage.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var buffer = new byte[1 << 17];
        for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0; )
        {
            sha256.AppendData(buffer, 0, read);
            if (Md5 is not null)
                md5.AppendData(buffer, 0, read);
        }

        var hash = Convert.ToHexStringLower(sha256.GetHashAndReset());
        if (Sha256 is not null && hash != Sha256)
            return (hash, $"its SHA-256 is {hash}, not {Sha256}");
        if (Md5 is null)
            return (hash, null);
        var sum = Convert.ToHexStringLower(md5.GetHashAndReset());
        return (hash, sum == Md5 ? null : $"its MD5 is {sum}, not {Md5}");
    }
}
