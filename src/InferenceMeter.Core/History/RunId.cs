using System.Security.Cryptography;

namespace InferenceMeter.History;

/// <summary>Names of runs.</summary>
public static class RunId
{
    /// <summary>
    /// <c>20260105t081530250-5f0c9a21b3de</c>: UTC to the millisecond, then 48 random bits. Lower case and safe in a
    /// URL or a file
    /// name; sorts by time as text.
    /// </summary>
    public static string New(TimeProvider time) =>
        time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd't'HHmmssfff")
        + "-"
        + RandomNumberGenerator.GetHexString(12, lowercase: true);
}
