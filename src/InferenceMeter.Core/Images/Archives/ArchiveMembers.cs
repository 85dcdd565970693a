using System.Runtime.CompilerServices;
using InferenceMeter.Images.Folders;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images.Archives;

/// <summary>The images among the files of an archive, with the classes that lie beside them.</summary>
internal sealed class ArchiveMembers(IArchiveMembers members, StoredObject archive, ArchiveOptions options)
{
    private readonly LabelledSamples _samples = new();
    private long _place;
    private Exception? _failure;

    /// <summary>The images, one after another; who takes one returns its buffer.</summary>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="InvalidDataException">The archive is broken; the images before were handed out.</exception>
    /// <exception cref="IOException">It ends early, or cannot be read; likewise.</exception>
    public async IAsyncEnumerable<FetchedImage> ReadAsync([EnumeratorCancellation] CancellationToken stop)
    {
        try
        {
            while (await NextAsync(stop) is { } complete)
            {
                foreach (var image in complete)
                    yield return image;
            }

            foreach (var image in _samples.Flush())
                yield return image;
        }
        finally
        {
            // Whoever goes before the end leaves them here.
            foreach (var image in _samples.Flush())
                image.Release();
        }

        if (_failure is not null)
            throw _failure;
    }

    /// <summary>Looks at one file.</summary>
    /// <returns>Images that are complete by it; <see langword="null"/> at the end, also at one by a failure.</returns>
    private async ValueTask<IReadOnlyList<FetchedImage>?> NextAsync(CancellationToken stop)
    {
        try
        {
            stop.ThrowIfCancellationRequested();
            if (_failure is not null || !await members.NextAsync(stop))
                return null;
            var path = members.Path;
            if (IsHidden(path))
                return [];
            var complete = _samples.Begin(path);
            try
            {
                await LookAtAsync(path, stop);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Those before it are whole.
                _failure = e;
            }

            return complete.Count > 0 || _failure is null ? complete : null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _failure = e;
            return null;
        }
    }

    private async ValueTask LookAtAsync(string path, CancellationToken stop)
    {
        if (LabelledSamples.IsLabel(path))
        {
            if (members.Length > LabelledSamples.MaxLabelBytes)
                return;
            var label = await members.ReadAsync(path, stop);
            _samples.AddLabel(label.Buffer.AsSpan(0, label.Length));
            label.Release();
            return;
        }

        if (!FolderListing.IsImage(path) || options.Part?.Contains(_place++) == false)
            return;
        var name = $"{archive.Name}/{path}";
        if (!options.IsWanted(name))
            return;
        _samples.Add(
            members.Length > options.MaxEncodedBytes
                ? FetchedImage.Failed(name, ImageFailure.TooLarge)
                : await members.ReadAsync(name, stop)
        );
    }

    private static bool IsHidden(string path) =>
        FolderListing.IsHidden(path)
        || path.StartsWith("__MACOSX/", StringComparison.Ordinal)
        || path.Contains("/__MACOSX/", StringComparison.Ordinal);
}
