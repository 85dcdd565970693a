using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images.Archives;

/// <summary>The files in an archive, one after another.</summary>
internal interface IArchiveMembers
{
    /// <summary>Where the present file is in the archive, with slashes.</summary>
    string Path { get; }

    /// <summary>Bytes of the present file, from 0, as the archive says.</summary>
    long Length { get; }

    /// <summary>Goes on to the next file. Folders, links, devices and the like are passed over.</summary>
    /// <returns><see langword="false"/> after the last.</returns>
    /// <exception cref="InvalidDataException">The archive breaks the rules of its format.</exception>
    /// <exception cref="IOException">It ends early, or cannot be read.</exception>
    ValueTask<bool> NextAsync(CancellationToken stop);

    /// <summary>Reads the present file, which is asked for once.</summary>
    /// <param name="name">What the image is called.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="InvalidDataException">The archive is broken from here on.</exception>
    /// <exception cref="IOException">It ends early, or cannot be read.</exception>
    ValueTask<FetchedImage> ReadAsync(string name, CancellationToken stop);
}
